import type { Modules } from './handler-explorer.js';

/** Instance in the application's injector. */
export interface DiscoveredInstance {
  /** Name of the provider's token: a text, the description of a symbol, or the name of a class. */
  readonly name: string;
  /** Instance: an object or a function. */
  readonly instance: object;
}

/** Part of Nest's provider wrapper that is used. */
interface ProviderRecord {
  readonly instance?: unknown;
  readonly isTransient?: boolean;
  readonly isAlias?: boolean;
  isDependencyTreeStatic?(): boolean;
}

/** Finds the singletons of an application, but no request-scoped or transient instances. */
export class InstanceDiscovery {
  readonly #modules: Modules;

  constructor(modules: Modules) {
    this.#modules = modules;
  }

  /**
   * Iterates over all singletons once, under their first token, in the order of the modules. It
   * reads no property of an instance.
   */
  *instances(): Iterable<DiscoveredInstance> {
    const seen = new Set<unknown>();
    for (const { providers } of this.#modules) {
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
  // The provider behind an alias is found under its own token.
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
