import { requireSync } from '../../kernel/hooks.js';
import type { MetadataShape } from './metadata-shape.js';

/** Interface shared by the `Headers` of fetch and the headers of NATS. */
export interface HeadersLike extends Iterable<[string, string | string[]]> {
  /** Returns the value of a header; nullish or empty if absent. */
  get(key: string): string | null | undefined;
  /** Replaces all values of a header. */
  set(key: string, value: string): void;
  /** Adds a value to a header. */
  append(key: string, value: string): void;
  /** Removes a header. */
  delete(key: string): void;
}

/**
 * Returns the shape of metadata with an interface like the `Headers` of fetch, such as the headers
 * of NATS. Names are case-insensitive, because some clients write `Traceparent`.
 *
 * @param create - Creates empty headers. @defaultValue `new Headers()` of fetch
 *
 * @example
 * ```ts
 * import { headersMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';
 *
 * const carrier = new TraceContextCarrier(headersMetadata(() => new Headers()));
 *
 * export async function placeOrder(url: string): Promise<Response> {
 *   return fetch(url, { method: 'POST', headers: carrier.write(undefined) });
 * }
 * ```
 */
export function headersMetadata<H extends HeadersLike = Headers & HeadersLike>(
  create: () => H = () => new Headers() as HeadersLike as H,
): MetadataShape<H> {
  return {
    // NATS returns empty text for a missing header.
    get: (headers, key) => headers.get(nameIn(headers, key)) || undefined,
    set(headers, key, value) {
      const name = nameIn(headers, key);
      if (value === undefined || name !== key) headers.delete(name);
      if (value !== undefined) headers.set(key, value);
    },
    copy(headers) {
      const copy = requireSync(create());
      for (const [name, values] of headers ?? []) {
        for (const value of [values].flat()) copy.append(name, value);
      }
      return copy;
    },
  };
}

/** Returns the name of a header in the case in which it was written. */
function nameIn(headers: HeadersLike, key: string): string {
  const wanted = key.toLowerCase();
  for (const [name] of headers) if (name.toLowerCase() === wanted) return name;
  return key;
}
