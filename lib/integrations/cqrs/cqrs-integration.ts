import type { ModulesContainer } from '@nestjs/core';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { Faults } from '../../kernel/faults.js';
import { busesOf } from './cqrs-buses.js';
import { CqrsHooks } from './cqrs-hooks.js';
import type { CqrsOptions } from './cqrs-options.js';
import { isOfCqrs, type MessageClass, rolesOf } from './cqrs-role.js';
import { observeSagas } from './cqrs-sagas.js';
import { CqrsSelection } from './cqrs-selection.js';
import { MethodOverrides } from './method-overrides.js';

/** What Nest knows about a provider; the part that is used here. */
interface ProviderRecord {
  readonly metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

/** Observes a provider if it is a handler: one where `@nestjs/cqrs` will find one. */
function observeHandler(
  provider: ProviderRecord,
  instrumentation: Instrumentation,
  selection: CqrsSelection,
): void {
  const { instance, inject, metatype } = provider;
  const found = classOf(provider);
  const prototype = found?.prototype as object | undefined;
  if (found === undefined || prototype === undefined) return;
  for (const role of rolesOf(found)) {
    if (selection.accepts(found, role.messages))
      instrumentation.discover(prototype, role, instance);
  }
  // What somebody else made may belong to others, too: it is adopted with everything of that kind.
  const isMadeByNest = typeof metatype === 'function' && (inject ?? undefined) === undefined;
  if (isMadeByNest) instrumentation.bindKnown(instance);
}

/** The class of the instance; a handler may be replaced by an instance of a class of its own. */
function classOf({ instance, metatype }: ProviderRecord): MessageClass | undefined {
  const made = (instance as object | null | undefined)?.constructor ?? metatype;
  return typeof made === 'function' ? (made as unknown as MessageClass) : undefined;
}

/** What the integration works with. */
export interface CqrsDeps {
  readonly modules: ModulesContainer;
  readonly instrumentation: Instrumentation;
  readonly tracing: TracingObserver | undefined;
  readonly faults: Faults;
}

/**
 * Observes what `@nestjs/cqrs` handles in one application. The package is not imported: its classes are known by the
 * metadata that it leaves on them.
 */
export class CqrsIntegration {
  readonly #parts: CqrsDeps;
  readonly #selection: CqrsSelection;
  readonly #hooks: CqrsHooks;
  readonly #sagas = new MethodOverrides();

  constructor(parts: CqrsDeps, options: CqrsOptions) {
    const { instrumentation, tracing } = parts;
    this.#parts = parts;
    this.#selection = new CqrsSelection(options);
    this.#hooks = new CqrsHooks({ instrumentation, tracing, selection: this.#selection });
  }

  /**
   * Begins to observe. The package binds its handlers later, when the application has been initialised.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID` for a name in the options that means nothing.
   */
  observe(): void {
    const { modules, instrumentation } = this.#parts;
    const sagas = { instrumentation, selection: this.#selection, overrides: this.#sagas };
    for (const { providers } of modules.values()) {
      for (const provider of providers.values()) {
        this.#guard(() => {
          if (!isOfCqrs(classOf(provider))) return;
          observeHandler(provider, instrumentation, this.#selection);
          observeSagas(provider.instance, sagas);
        });
      }
    }
    for (const bus of busesOf(modules)) this.#guard(() => this.#hooks.install(bus));
    this.#selection.assertNamesKnown();
  }

  /** Leaves the buses as they were. */
  release(): void {
    this.#hooks.release();
    this.#sagas.release();
  }

  /** What cannot be observed changes neither the application nor the errors of its own at start-up. */
  #guard(observe: () => void): void {
    try {
      observe();
    } catch (fault) {
      if (fault instanceof ConfigurationError) throw fault;
      this.#parts.faults.report('cqrs', fault);
    }
  }
}
