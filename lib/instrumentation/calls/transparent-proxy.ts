/** The shapes of results that something stands in for. */
export type StreamKind = 'observable' | 'asyncIterator';

/** A function of whatever kind. */
export type Method = (...args: unknown[]) => unknown;

/** How a stand-in differs from what it stands for. */
export interface TransparentProxyRules {
  readonly shape: StreamKind;
  /** Whether a method comes back through others: it is called on the stand-in, so that those are observed. */
  isGeneric(method: Method): boolean;
  /** Whether calls of this method are observed, wherever it is defined. */
  isObserved(property: PropertyKey): boolean;
  /** Calls a method of the source. */
  invoke(property: PropertyKey, method: Method, args: unknown[]): unknown;
}

const shapes = new WeakMap<object, StreamKind>();

/** The shape of a stand-in; `undefined` for any other proxy. */
export function kindOfProxy(proxy: object): StreamKind | undefined {
  return shapes.get(proxy);
}

const objectMethods: ReadonlySet<unknown> = methodsOf(Object.prototype);

/**
 * A proxy that cannot be told from `source` but for the calls that the rules observe. Methods run on the source itself,
 * where its private fields and internal slots are.
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
  // A proxy has to tell the truth about what cannot change.
  if (own?.configurable === false) return false;
  if (rules.isObserved(property)) return true;
  const isPlain = own !== undefined || property === 'constructor' || objectMethods.has(method);
  return !isPlain && !rules.isGeneric(method);
}

/** All functions among the own properties of a prototype. */
export function methodsOf(prototype: object): Set<unknown> {
  const values = Reflect.ownKeys(prototype).map(
    (key) => Reflect.getOwnPropertyDescriptor(prototype, key)?.value as unknown,
  );
  return new Set(values.filter((it) => typeof it === 'function'));
}
