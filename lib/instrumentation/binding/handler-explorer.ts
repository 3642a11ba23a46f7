import type { ModulesContainer } from '@nestjs/core';
import type { Instrumentation } from '../instrumentation.js';
import type { HandlerClass } from '../decorators/handler-name.js';

/** Part of Nest's provider wrapper that is used. */
interface ProviderRecord {
  metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
  readonly isTransient?: boolean;
  isDependencyTreeStatic?(): boolean;
  getStaticTransientInstances?(): ({ readonly instance?: unknown } | undefined)[];
}

/** Modules of an application. */
export type Modules = Iterable<ModulesContainer extends Map<string, infer M> ? M : never>;

/** Finds the handlers of an application among its providers and controllers. */
export class HandlerExplorer {
  readonly #instrumentation: Instrumentation;
  readonly #followed = new WeakSet<ProviderRecord>();

  constructor(instrumentation: Instrumentation) {
    this.#instrumentation = instrumentation;
  }

  /** Registers the handlers of all classes that Nest instantiates. */
  registerClasses(modules: Modules): void {
    for (const record of recordsOf(modules)) {
      if (isMadeByNest(record)) this.#instrumentation.register(record.metatype);
    }
  }

  /** Binds instances that the injector does not construct: values, and results of factories. Each only once. */
  adoptInstances(modules: Modules): void {
    for (const record of recordsOf(modules)) {
      if (!isMadeByNest(record)) this.#adopt(record);
    }
  }

  /** Observes functions that instances have assigned to themselves in place of methods since they were bound. */
  bindFields(modules: Modules): void {
    for (const record of recordsOf(modules)) {
      for (const instance of instancesOf(record)) {
        if (isMadeByNest(record)) this.#instrumentation.bindKnown(instance);
        else this.#instrumentation.adopt(instance);
      }
    }
  }

  #adopt(record: ProviderRecord): void {
    for (const it of instancesOf(record)) this.#instrumentation.adopt(it);
    const runsAgain = record.isTransient === true || record.isDependencyTreeStatic?.() === false;
    if (!runsAgain || typeof record.metatype !== 'function' || this.#followed.has(record)) return;
    this.#followed.add(record);
    // Request-scoped and transient factories also run later; their results are bound on return.
    const factory = record.metatype as (...args: unknown[]) => unknown;
    record.metatype = async (...args: unknown[]) => {
      const instance = await factory(...args);
      // Results of a factory per request are not retained, unlike singletons, so that they do not
      // accumulate.
      if (isObject(instance)) this.#instrumentation.bindDecorated(instance);
      return instance;
    };
  }
}

function* recordsOf(modules: Modules): Iterable<ProviderRecord> {
  for (const { providers, controllers, injectables } of modules) {
    yield* providers.values() as Iterable<ProviderRecord>;
    yield* controllers.values() as Iterable<ProviderRecord>;
    // Guards, interceptors, pipes and filters that Nest instantiates.
    yield* injectables.values() as Iterable<ProviderRecord>;
  }
}

function instancesOf(record: ProviderRecord): object[] {
  const made = record.getStaticTransientInstances?.().map((it) => it?.instance) ?? [];
  return [record.instance, ...made].filter(isObject);
}

/** Returns true if the provider is a class. For an override in a test, Nest sets `inject: null`. */
function isMadeByNest(
  record: ProviderRecord,
): record is ProviderRecord & { readonly metatype: HandlerClass } {
  const { metatype, inject } = record;
  const isClass = typeof metatype === 'function' && metatype.prototype !== undefined;
  return isClass && (inject === undefined || inject === null);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
