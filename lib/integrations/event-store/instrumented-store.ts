import { requireSync } from '../../kernel/hooks.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import { StoreCall } from '../../instrumentation/event-store/store-call.js';
import type { StoreOperation } from '../../instrumentation/event-store/store-operation.js';
import type { InstrumentStore } from './event-store-adapter.js';

/** Dependencies of an instrumented store. */
export interface InstrumentedStoreDeps {
  /** Operations by method name. */
  readonly operations: ReadonlyMap<PropertyKey, StoreOperation>;
  /** Methods that pass another store to a callback. */
  readonly sessions: Readonly<
    Record<
      PropertyKey,
      (args: readonly unknown[], instrument: InstrumentStore) => readonly unknown[]
    >
  >;
  /** Instruments another store. */
  readonly instrument: InstrumentStore;
  /** Returns true while calls are observed. */
  isActive(): boolean;
  /** Reports a fault in an adapter. */
  report(fault: unknown): void;
}

interface Forwarded {
  readonly from: AnyFunction;
  readonly to: AnyFunction;
}

/**
 * Creates a proxy of a store that observes its operations. The methods run on the store itself, so private fields work,
 * and calls on `this` are not observed again. All other members are those of the store.
 */
export function instrumentedStore<S extends object>(store: S, deps: InstrumentedStoreDeps): S {
  const handler = new StoreHandler(store, deps);
  const fixed = hasFixedMethod(store, deps);
  // Proxy invariants require the real value of a non-configurable property, so such a store needs a different target.
  const target = fixed
    ? (Object.create(Object.getPrototypeOf(store) as object | null) as S)
    : store;
  const proxy = new Proxy(target, fixed ? handler.apart() : handler.plain());
  handler.proxy = proxy;
  return proxy;
}

function hasFixedMethod(store: object, { operations, sessions }: InstrumentedStoreDeps): boolean {
  return [...operations.keys(), ...Object.keys(sessions)].some(
    (name) => Reflect.getOwnPropertyDescriptor(store, name)?.configurable === false,
  );
}

class StoreHandler<S extends object> {
  proxy: S | undefined;
  readonly #store: S;
  readonly #deps: InstrumentedStoreDeps;
  readonly #forwarded = new Map<PropertyKey, Forwarded>();

  constructor(store: S, deps: InstrumentedStoreDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /** Getters and setters run on the store, so private fields work. */
  plain(): ProxyHandler<S> {
    return {
      get: (_, property) => this.#get(property),
      set: (_, property, value) => Reflect.set(this.#store, property, value, this.#store),
    };
  }

  /** Handler for a proxy with a different target: the store answers every operation. */
  apart(): ProxyHandler<S> {
    const store = this.#store;
    return {
      ...this.plain(),
      has: (_, property) => Reflect.has(store, property),
      ownKeys: () => Reflect.ownKeys(store),
      getPrototypeOf: () => Reflect.getPrototypeOf(store),
      getOwnPropertyDescriptor(_, property) {
        const found = Reflect.getOwnPropertyDescriptor(store, property);
        return found && { ...found, configurable: true };
      },
      defineProperty: (_, property, attributes) =>
        Reflect.defineProperty(store, property, attributes),
      deleteProperty: (_, property) => Reflect.deleteProperty(store, property),
      preventExtensions: () => false,
    };
  }

  #get(property: PropertyKey): unknown {
    const value: unknown = Reflect.get(this.#store, property, this.#store);
    if (typeof value !== 'function') return value;
    const method = value as AnyFunction;
    const known = this.#forwarded.get(property);
    if (known?.from === method) return known.to;
    const call = this.#callOf(property, method);
    if (call === undefined) return method;
    const to = new Proxy(method, {
      apply: (_, self: unknown, args: unknown[]) => this.#own(call(this.#selfOf(self), args)),
    });
    this.#forwarded.set(property, { from: method, to });
    return to;
  }

  /** Returns the call of a method; `undefined` for a function that is returned unchanged. */
  #callOf(
    property: PropertyKey,
    method: AnyFunction,
  ): ((self: unknown, args: unknown[]) => unknown) | undefined {
    const operation = this.#deps.operations.get(property);
    if (operation !== undefined) {
      return (self, args) =>
        this.#deps.isActive()
          ? new StoreCall(operation, args).invoke(method, self)
          : Reflect.apply(method, self, args);
    }
    if (Object.hasOwn(this.#deps.sessions, property)) {
      return (self, args) => Reflect.apply(method, self, this.#sessionArgs(property, args));
    }
    const isOwn = Reflect.getOwnPropertyDescriptor(this.#store, property) !== undefined;
    if (isOwn || property === 'constructor' || property in Object.prototype) return undefined;
    return (self, args) => Reflect.apply(method, self, args);
  }

  #sessionArgs(property: PropertyKey, args: unknown[]): unknown[] {
    const { sessions, instrument } = this.#deps;
    try {
      return [...(requireSync(sessions[property]?.(args, instrument)) ?? args)];
    } catch (fault) {
      this.#deps.report(fault);
      return args;
    }
  }

  /** Maps the proxy to the store. A detached function has no `this`, and a method of a spread copy keeps the copy. */
  #selfOf(self: unknown): unknown {
    return self === this.proxy ? this.#store : self;
  }

  /** Returns the proxy for a fluent method that returns the store. */
  #own(result: unknown): unknown {
    return result === this.#store ? this.proxy : result;
  }
}
