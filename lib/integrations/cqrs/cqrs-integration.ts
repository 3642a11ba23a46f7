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

/** Provider record of Nest, with the members that this library uses. */
interface ProviderRecord {
  readonly metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

/** Observes a provider that is a handler by the metadata of `@nestjs/cqrs`. */
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
  // An instance that Nest did not construct may be shared; it is bound later, with all instances of that kind.
  const isMadeByNest = typeof metatype === 'function' && (inject ?? undefined) === undefined;
  if (isMadeByNest) instrumentation.bindKnown(instance);
}

/** Returns the class of the instance, which may differ from the provider class when a handler is overridden. */
function classOf({ instance, metatype }: ProviderRecord): MessageClass | undefined {
  const made = (instance as object | null | undefined)?.constructor ?? metatype;
  return typeof made === 'function' ? (made as unknown as MessageClass) : undefined;
}

/** Dependencies of {@link CqrsIntegration}. */
export interface CqrsDeps {
  readonly modules: ModulesContainer;
  readonly instrumentation: Instrumentation;
  readonly tracing: TracingObserver | undefined;
  readonly faults: Faults;
}

/**
 * Observes the handlers of `@nestjs/cqrs` in one application. The package is not imported: its classes are identified
 * by their metadata.
 */
export class CqrsIntegration {
  readonly #deps: CqrsDeps;
  readonly #selection: CqrsSelection;
  readonly #hooks: CqrsHooks;
  readonly #sagas = new MethodOverrides();

  constructor(deps: CqrsDeps, options: CqrsOptions) {
    const { instrumentation, tracing, faults } = deps;
    this.#deps = deps;
    this.#selection = new CqrsSelection(options);
    this.#hooks = new CqrsHooks({ instrumentation, tracing, faults, selection: this.#selection });
  }

  /**
   * Starts the observation. The package binds its handlers later, when the application is initialised.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID` for an unknown name in the options.
   */
  observe(): void {
    const { modules, instrumentation } = this.#deps;
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

  /** Restores the buses. */
  release(): void {
    this.#hooks.release();
    this.#sagas.release();
  }

  /** Isolates faults: a provider that cannot be observed changes neither the application nor its start-up errors. */
  #guard(observe: () => void): void {
    try {
      observe();
    } catch (fault) {
      if (fault instanceof ConfigurationError) throw fault;
      this.#deps.faults.report('cqrs', fault);
    }
  }
}
