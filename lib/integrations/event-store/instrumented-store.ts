import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import { StoreCall } from '../../instrumentation/event-store/store-call.js';
import type { StoreOperation } from '../../instrumentation/event-store/store-operation.js';
import type { InstrumentStore } from './event-store-adapter.js';

/** How an instrumented store differs from the one that it stands for. */
export interface InstrumentedStoreDeps {
  /** The operations by the names of their methods. */
  readonly operations: ReadonlyMap<PropertyKey, StoreOperation>;
  /** Methods that hand a further store to a callback. */
  readonly sessions: Readonly<
    Record<
      PropertyKey,
      (args: readonly unknown[], instrument: InstrumentStore) => readonly unknown[]
    >
  >;
  /** Makes a further store observed, too. */
  readonly instrument: InstrumentStore;
  /** Whether calls are still observed. */
  isActive(): boolean;
  /** Tells of a fault in an adapter. */
  report(fault: unknown): void;
}

interface Forwarded {
  readonly from: AnyFunction;
  readonly to: AnyFunction;
}

/**
 * Stands for a store and observes its operations. The methods run on the store itself: their private fields are there,
 * and what they call on `this` is not observed again. Everything else is the store's own.
 */
export function instrumentedStore<S extends object>(store: S, parts: InstrumentedStoreDeps): S {
  const handler = new StoreHandler(store, parts);
  const fixed = hasFixedMethod(store, parts);
  // A proxy has to tell the truth about what cannot change, unless it is about another object.
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
  readonly #parts: InstrumentedStoreDeps;
  readonly #forwarded = new Map<PropertyKey, Forwarded>();

  constructor(store: S, parts: InstrumentedStoreDeps) {
    this.#store = store;
    this.#parts = parts;
  }

  /** Getters and setters run on the store: their private fields are there. */
  plain(): ProxyHandler<S> {
    return {
      get: (_, property) => this.#get(property),
      set: (_, property, value) => Reflect.set(this.#store, property, value, this.#store),
    };
  }

  /** For a proxy of another object: all that is asked of it is answered by the store. */
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

  /** How a method is called; `undefined` for a function that is handed out as it is. */
  #callOf(
    property: PropertyKey,
    method: AnyFunction,
  ): ((self: unknown, args: unknown[]) => unknown) | undefined {
    const operation = this.#parts.operations.get(property);
    if (operation !== undefined) {
      return (self, args) =>
        this.#parts.isActive()
          ? new StoreCall(operation, args).invoke(method, self)
          : Reflect.apply(method, self, args);
    }
    if (Object.hasOwn(this.#parts.sessions, property)) {
      return (self, args) => Reflect.apply(method, self, this.#sessionArgs(property, args));
    }
    const isOwn = Reflect.getOwnPropertyDescriptor(this.#store, property) !== undefined;
    if (isOwn || property === 'constructor' || property in Object.prototype) return undefined;
    return (self, args) => Reflect.apply(method, self, args);
  }

  #sessionArgs(property: PropertyKey, args: unknown[]): unknown[] {
    const { sessions, instrument } = this.#parts;
    try {
      return [...(sessions[property]?.(args, instrument) ?? args)];
    } catch (fault) {
      this.#parts.report(fault);
      return args;
    }
  }

  /** A detached closure has no `this`; a method of a copy, made by spreading, has that of the copy. */
  #selfOf(self: unknown): unknown {
    return self === this.proxy ? this.#store : self;
  }

  /** Fluent methods hand out the store: it is observed from there on, too. */
  #own(result: unknown): unknown {
    return result === this.#store ? this.proxy : result;
  }
}
