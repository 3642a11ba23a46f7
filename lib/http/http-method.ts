// Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'TRACE',
]);

/** Label value for every unknown method. */
export const OTHER_METHOD = '_OTHER';

/** Returns true for a method that signals name. Clients may send arbitrary methods. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method);
}
