import { createTraceState, type TraceState } from '@opentelemetry/api';

/**
 * Accessors for one kind of metadata. Three functions adapt the carrier to any message, event or
 * job. They may throw; the carrier does not.
 *
 * @example
 * ```ts
 * import { type MetadataShape, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
 *
 * interface Envelope {
 *   readonly tags: ReadonlyMap<string, string>;
 * }
 *
 * const inTags: MetadataShape<{ tags: Map<string, string> }, Envelope> = {
 *   get: ({ tags }, key) => tags.get(key),
 *   set: ({ tags }, key, value) => (value === undefined ? tags.delete(key) : tags.set(key, value)),
 *   copy: (envelope) => ({ ...envelope, tags: new Map(envelope?.tags) }),
 * };
 *
 * export const carrier = new TraceContextCarrier(inTags);
 * ```
 */
export interface MetadataShape<M extends R, R = M> {
  /** Returns the value of a key: text, encoded text, or a list of either; `undefined` if absent. */
  get(metadata: R, key: string): unknown;
  /** Sets the value of a key in place; `undefined` removes the key. */
  set(metadata: M, key: string, value: string | undefined): unknown;
  /** Returns a mutable copy; empty metadata for `undefined`. */
  copy(metadata: R | undefined): M;
}

type Fields = Record<string, unknown>;

/** Shape of object metadata with the trace context among its keys. An instance of a class retains its class. */
export const plainMetadata: MetadataShape<object> = {
  get: fieldOf,
  set: setField,
  copy: copyOf,
};

/**
 * Returns the shape of object metadata with the trace context in a nested object.
 *
 * @param name - Key of the nested object.
 */
export function nestedMetadata(name: string): MetadataShape<object> {
  const innerOf = (metadata: object) => fieldOf(metadata, name) as object | undefined;
  return {
    get(metadata, key) {
      const inner = innerOf(metadata);
      return inner === undefined || inner === null
        ? undefined
        : fieldOf(Object(inner) as object, key);
    },
    set(metadata, key, value) {
      // The copy of the outer object shares the nested one with its original.
      const inner = copyOf(innerOf(metadata));
      setField(inner, key, value);
      setField(metadata, name, inner);
    },
    copy: copyOf,
  };
}

/** Shape of metadata in a `Map`. */
export const mapMetadata: MetadataShape<Map<string, unknown>> = {
  get: (metadata, key) => metadata.get(key),
  set: (metadata, key, value) =>
    value === undefined ? metadata.delete(key) : metadata.set(key, value),
  copy: (metadata) => new Map(metadata),
};

/** Shape of object metadata with byte values, such as Kafka headers. */
export const byteMetadata: MetadataShape<object> = {
  get: plainMetadata.get,
  set: (metadata, key, value) =>
    setField(metadata, key, value === undefined ? undefined : Buffer.from(value)),
  copy: copyOf,
};

function setField(metadata: object, key: string, value: unknown): void {
  if (value === undefined) delete (metadata as Fields)[key];
  else if (key in Object.prototype) defineField(metadata, key, value);
  else (metadata as Fields)[key] = value;
}

function defineField(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** The value of a field; what every object inherits, such as its constructor, is no field. */
function fieldOf(metadata: object, key: string): unknown {
  const isInherited = key in Object.prototype && !Object.hasOwn(metadata, key);
  return isInherited ? undefined : (metadata as Fields)[key];
}

function copyOf(metadata: object | undefined): object {
  if (metadata === undefined) return {};
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    throw new TypeError('metadata that can take a trace context is an object');
  }
  // Not by assignment: an own `__proto__`, as JSON from a queue may have, would become the prototype of the copy.
  const copy = Object.create(Object.getPrototypeOf(metadata) as object | null) as object;
  for (const key of Reflect.ownKeys(metadata)) {
    if (Object.prototype.propertyIsEnumerable.call(metadata, key))
      defineField(copy, key, Reflect.get(metadata, key));
  }
  return copy;
}

// Exceeds every value that the carrier accepts, so that a longer value is still detected as too
// long.
const BYTE_LIMIT = 8193;

/**
 * Returns the text of a metadata value: a string, a number, encoded text, or a list of these.
 *
 * @returns `undefined` for no value.
 * @throws TypeError for any other value.
 */
export function metadataText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) {
    return Buffer.from(value.subarray(0, BYTE_LIMIT)).toString('utf8');
  }
  if (Array.isArray(value)) {
    // Repeated fields form one list. Source: https://www.rfc-editor.org/rfc/rfc9110#section-5.2
    const texts = value.map(metadataText).filter((it) => it !== undefined);
    return texts.length === 0 ? undefined : texts.join(',');
  }
  throw new TypeError('a metadata value is text, a number or bytes of text');
}

/**
 * Trace state that is written exactly as it was read until it is changed. The implementation of the
 * API drops keys that begin with a digit, and normalizes white space.
 */
export class KeptTraceState implements TraceState {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  set(key: string, value: string): TraceState {
    return this.#parsed().set(key, value);
  }

  unset(key: string): TraceState {
    return this.#parsed().unset(key);
  }

  get(key: string): string | undefined {
    return this.#parsed().get(key);
  }

  serialize(): string {
    return this.#text;
  }

  #parsed(): TraceState {
    return createTraceState(this.#text);
  }
}
