import type { ModulesContainer } from '@nestjs/core';

/** An instance that the application's injector holds. */
export interface DiscoveredInstance {
  /** What its provider's token says: a text, the description of a symbol, or the name of a class. */
  readonly name: string;
  /** The instance: an object, or a function. */
  readonly instance: object;
}

/** What Nest knows about a provider; the part that is used here. */
interface ProviderRecord {
  readonly instance?: unknown;
  readonly isTransient?: boolean;
  readonly isAlias?: boolean;
  isDependencyTreeStatic?(): boolean;
}

/** Finds the instances of an application that there is one of each: not those made per request or per consumer. */
export class InstanceDiscovery {
  readonly #modules: ModulesContainer;

  constructor(modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** Every instance once, under the first token it has, in the order of the modules. Nothing of it is looked into. */
  *instances(): Iterable<DiscoveredInstance> {
    const seen = new Set<unknown>();
    for (const { providers } of this.#modules.values()) {
      for (const [token, record] of providers as Iterable<[unknown, ProviderRecord]>) {
        const instance = theInstanceOf(record);
        if (instance === undefined || seen.has(instance)) continue;
        seen.add(instance);
        yield { name: nameOf(token), instance };
      }
    }
  }
}

function theInstanceOf(record: ProviderRecord): object | undefined {
  const isOne = record.isTransient !== true && record.isDependencyTreeStatic?.() !== false;
  // An alias stands for a provider that is found under its own token.
  if (!isOne || record.isAlias === true) return undefined;
  const { instance } = record;
  const isMade =
    (typeof instance === 'object' && instance !== null) || typeof instance === 'function';
  return isMade ? instance : undefined;
}

function nameOf(token: unknown): string {
  if (typeof token === 'symbol') return token.description ?? '';
  return typeof token === 'function' ? token.name : String(token);
}
