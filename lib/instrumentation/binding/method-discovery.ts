import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { Faults } from '../../kernel/faults.js';
import { receiveInstrumentation } from '../decorators/decorate-method.js';
import type { HandlerClass } from '../decorators/handler-name.js';
import type { Instrumentation } from '../instrumentation.js';
import type { DiscoveredMethod } from './discovered-method.js';
import type { Modules } from './handler-explorer.js';

/** Provider record of Nest, with the members that this library uses. */
interface ProviderRecord {
  readonly metatype?: unknown;
  readonly inject?: unknown;
  readonly instance?: unknown;
}

/** Dependencies of a {@link MethodDiscovery}. */
export interface MethodDiscoveryDeps {
  readonly instrumentation: Instrumentation;
  readonly faults: Faults;
  /** Component that reports faults. */
  readonly component: string;
  /** Returns the methods of a class that a peer calls, by its metadata. Called once per class. */
  find(handlerClass: HandlerClass): readonly DiscoveredMethod[];
}

/**
 * Observes methods that a peer finds by their metadata. It works before the instances exist, because peers read methods
 * from the prototypes while the application starts.
 */
export class MethodDiscovery {
  readonly #deps: MethodDiscoveryDeps;
  readonly #found = new Map<HandlerClass, readonly DiscoveredMethod[]>();

  constructor(deps: MethodDiscoveryDeps) {
    this.#deps = deps;
  }

  /** Observes the methods of these modules. Modules that were observed before may be among them. */
  observe(modules: Modules): void {
    for (const { providers, controllers } of modules)
      for (const it of [...providers.values(), ...controllers.values()])
        this.#guard(() => this.#observe(it));
  }

  /** Classes with such methods. */
  *found(): Iterable<readonly [HandlerClass, DiscoveredMethod]> {
    for (const [handlerClass, methods] of this.#found)
      for (const it of methods) yield [handlerClass, it];
  }

  #observe(record: ProviderRecord): void {
    const { instance, inject } = record;
    const handlerClass = classOf(record);
    const prototype = handlerClass?.prototype as object | null | undefined;
    if (handlerClass === undefined || prototype === undefined || prototype === null) return;
    const methods = this.#found.get(handlerClass) ?? this.#deps.find(handlerClass);
    if (methods.length === 0) return;
    const { instrumentation } = this.#deps;
    this.#found.set(handlerClass, methods);
    for (const it of methods) instrumentation.discover(prototype, it, instance);
    // The instance of a factory or a value may be shared by applications.
    if ((inject ?? undefined) === undefined && typeof record.metatype === 'function') {
      receiveInstrumentation(prototype);
      instrumentation.bindKnown(instance);
    } else if (typeof instance === 'object' && instance !== null) instrumentation.adopt(instance);
  }

  /** Isolates faults: a provider that cannot be observed changes neither the application nor its start-up errors. */
  #guard(observe: () => void): void {
    try {
      observe();
    } catch (fault) {
      if (fault instanceof ConfigurationError) throw fault;
      this.#deps.faults.report(this.#deps.component, fault);
    }
  }
}

/** Returns the class of the instance, which may differ from the provider class when a test overrides it. */
function classOf({ instance, metatype, inject }: ProviderRecord): HandlerClass | undefined {
  const isClass = typeof metatype === 'function' && (inject ?? undefined) === undefined;
  const made: unknown = isClass ? metatype : (instance as object | null | undefined)?.constructor;
  return typeof made === 'function' && made !== Object ? (made as HandlerClass) : undefined;
}

/** Iterates over the methods of a class with their names, each once, beginning with the most derived class. */
export function* methodsOf(handlerClass: HandlerClass): Iterable<readonly [string, object]> {
  const seen = new Set<string>(['constructor']);
  let prototype = handlerClass.prototype as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    for (const key of Object.getOwnPropertyNames(prototype)) {
      const value: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
      if (seen.has(key) || typeof value !== 'function') continue;
      seen.add(key);
      yield [key, value];
    }
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}
