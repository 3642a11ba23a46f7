import type { MetadataShape } from './metadata-shape.js';

/** What the `Headers` of fetch and the headers of NATS have in common. */
export interface HeadersLike extends Iterable<[string, string | string[]]> {
  /** Value of a header; nothing or empty text when it is not there. */
  get(key: string): string | null | undefined;
  /** Replaces all values of a header. */
  set(key: string, value: string): void;
  /** Adds a value to a header. */
  append(key: string, value: string): void;
  /** Takes a header away. */
  delete(key: string): void;
}

/**
 * Metadata that is an object like the `Headers` of fetch, as those of NATS are. Names are read in any case, because some
 * clients write `Traceparent`.
 *
 * @param create - Makes empty headers. @defaultValue those of fetch
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
    // NATS answers with empty text for a header that is not there.
    get: (headers, key) => headers.get(nameIn(headers, key)) || undefined,
    set(headers, key, value) {
      const name = nameIn(headers, key);
      if (value === undefined || name !== key) headers.delete(name);
      if (value !== undefined) headers.set(key, value);
    },
    copy(headers) {
      const copy = create();
      for (const [name, values] of headers ?? []) {
        for (const value of [values].flat()) copy.append(name, value);
      }
      return copy;
    },
  };
}

/** The name under which the headers hold a key, in whatever case it was written. */
function nameIn(headers: HeadersLike, key: string): string {
  const wanted = key.toLowerCase();
  for (const [name] of headers) if (name.toLowerCase() === wanted) return name;
  return key;
}
