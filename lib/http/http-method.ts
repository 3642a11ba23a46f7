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

/** What stands for every method that is not known. */
export const OTHER_METHOD = '_OTHER';

/** Whether a method is one of those that signals name; clients may send whatever they like. */
export function isKnownMethod(method: string): boolean {
  return KNOWN_METHODS.has(method);
}
