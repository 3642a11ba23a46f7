import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
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
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';

/** Provider record of Nest, with the members that this library uses. */
interface ProviderRecord {
  readonly metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

interface HandlerDeps {
  readonly instrumentation: Instrumentation;
  readonly selection: CqrsSelection;
  /** True for an instance that no later step binds. */
  readonly isLast: boolean;
}

/** Observes a provider that is a handler by the metadata of `@nestjs/cqrs`. */
function observeHandler(
  provider: ProviderRecord,
  { instrumentation, selection, isLast }: HandlerDeps,
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
  else if (isLast && isObject(instance)) instrumentation.adopt(instance);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Returns the class of the instance, which may differ from the provider class when a handler is overridden. */
function classOf({ instance, metatype }: ProviderRecord): MessageClass | undefined {
  const made = (instance as object | null | undefined)?.constructor ?? metatype;
  return typeof made === 'function' ? (made as unknown as MessageClass) : undefined;
}

/** Dependencies of {@link CqrsIntegration}. */
export interface CqrsDeps {
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
  readonly #sagaNames = new Map<string, MessageClass>();
  readonly #seen = new WeakSet<object>();

  constructor(deps: CqrsDeps, options: CqrsOptions) {
    this.#deps = deps;
    this.#selection = new CqrsSelection(options);
    this.#hooks = new CqrsHooks({
      ...deps,
      selection: this.#selection,
      bound: (handler) => this.#observe(handler as ProviderRecord, true),
    });
  }

  /**
   * Observes the handlers and buses of these modules. The package binds its handlers later, when the application is
   * initialised. Modules that were observed before may be among them.
   */
  observe(modules: Modules): void {
    for (const { providers } of modules) {
      for (const provider of providers.values())
        this.#guard(() => this.#observe(provider as ProviderRecord, false));
    }
    for (const bus of busesOf(modules)) {
      if (this.#isNew(bus.bus)) this.#guard(() => this.#hooks.install(bus));
    }
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for an unknown name in the options. */
  assertNamesKnown(): void {
    this.#selection.assertNamesKnown();
  }

  /** Restores the buses. */
  release(): void {
    this.#hooks.release();
    this.#sagas.release();
  }

  #observe(provider: ProviderRecord, isLast: boolean): void {
    if (!isOfCqrs(classOf(provider)) || !this.#isNew(provider)) return;
    const { instrumentation } = this.#deps;
    const selection = this.#selection;
    observeHandler(provider, { instrumentation, selection, isLast });
    const [overrides, names] = [this.#sagas, this.#sagaNames];
    observeSagas(provider.instance, { instrumentation, selection, overrides, names });
  }

  #isNew(object: object): boolean {
    if (this.#seen.has(object)) return false;
    this.#seen.add(object);
    return true;
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
