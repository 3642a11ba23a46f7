const NAME_LIMIT = 128;
// Digits, a UUID, or hexadecimal digits as long as an object id.
const ID = /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;
const SEPARATORS = /([./:_])/;

/**
 * A pattern as the name of a span has it: what looks like an id becomes `*`, for a name has few values. A word of the
 * application's own, such as a tenant, cannot be told from the others.
 */
export function lowCardinality(pattern: string): string {
  // Patterns that are objects arrive as JSON: their values are constants of the code.
  if (pattern.startsWith('{')) return pattern.slice(0, NAME_LIMIT).toWellFormed();
  const parts = pattern.split(SEPARATORS).map((it) => (ID.test(it) ? '*' : it));
  return parts.join('').slice(0, NAME_LIMIT).toWellFormed();
}
