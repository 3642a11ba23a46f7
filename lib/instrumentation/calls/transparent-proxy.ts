/** Kind of result that a proxy represents. */
export type StreamKind = 'observable' | 'asyncIterator';

/** Function of any kind. */
export type Method = (...args: unknown[]) => unknown;

/** Differences between a proxy and its source. */
export interface TransparentProxyRules {
  readonly shape: StreamKind;
  /**
   * Returns true for a method that works through other methods. It is called on the proxy, so that
   * those are observed.
   */
  isGeneric(method: Method): boolean;
  /** Returns true if calls of the method are observed, wherever it is defined. */
  isObserved(property: PropertyKey): boolean;
  /** Calls a method of the source. */
  invoke(property: PropertyKey, method: Method, args: unknown[]): unknown;
}

const shapes = new WeakMap<object, StreamKind>();

/** Returns the kind of a proxy created here; `undefined` for any other proxy. */
export function kindOfProxy(proxy: object): StreamKind | undefined {
  return shapes.get(proxy);
}

const objectMethods: ReadonlySet<unknown> = methodsOf(Object.prototype);

/**
 * Returns a proxy that is indistinguishable from `source` except for observed calls. Methods run on
 * the source itself, which has the private fields and internal slots.
 */
export function transparentProxyOf<T extends object>(source: T, rules: TransparentProxyRules): T {
  const forwarded = new Map<PropertyKey, { readonly from: unknown; readonly to: unknown }>();
  const forward = (property: PropertyKey, method: Method): unknown => {
    const known = forwarded.get(property);
    if (known?.from === method) return known.to;
    const to = new Proxy(method, {
      apply: (_, self, args: unknown[]) =>
        self === standIn ? rules.invoke(property, method, args) : Reflect.apply(method, self, args),
    });
    forwarded.set(property, { from: method, to });
    return to;
  };
  const standIn: T = new Proxy(source, {
    get(_, property) {
      const value: unknown = Reflect.get(source, property, source);
      return typeof value === 'function' && isForwarded(source, property, value as Method, rules)
        ? forward(property, value as Method)
        : value;
    },
    set: (_, property, value) => Reflect.set(source, property, value, source),
  });
  shapes.set(standIn, rules.shape);
  return standIn;
}

function isForwarded(
  source: object,
  property: PropertyKey,
  method: Method,
  rules: TransparentProxyRules,
): boolean {
  const own = Reflect.getOwnPropertyDescriptor(source, property);
  // A proxy must report non-configurable properties unchanged.
  if (own?.configurable === false) return false;
  if (rules.isObserved(property)) return true;
  const isPlain = own !== undefined || property === 'constructor' || objectMethods.has(method);
  return !isPlain && !rules.isGeneric(method);
}

/** Returns all functions among the own properties of a prototype. */
export function methodsOf(prototype: object): Set<unknown> {
  const values = Reflect.ownKeys(prototype).map(
    (key) => Reflect.getOwnPropertyDescriptor(prototype, key)?.value as unknown,
  );
  return new Set(values.filter((it) => typeof it === 'function'));
}
