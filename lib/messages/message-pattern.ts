const NAME_LIMIT = 128;
// Digits, a UUID, or a hexadecimal string at least as long as an object id.
const ID = /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;
const SEPARATORS = /([./:_])/;

/**
 * Reduces a pattern that a client sends to few names: a segment that looks like an id becomes `*`. Other variable
 * segments, such as a tenant, cannot be detected.
 */
export function lowCardinality(pattern: string): string {
  // Object patterns arrive as JSON, whose values are constants of the code.
  if (pattern.startsWith('{')) return pattern.slice(0, NAME_LIMIT).toWellFormed();
  const parts = pattern.split(SEPARATORS).map((it) => (ID.test(it) ? '*' : it));
  return parts.join('').slice(0, NAME_LIMIT).toWellFormed();
}

/**
 * Returns the name of a pattern: the method of a gRPC service, the JSON of an object with its keys in order, else the
 * text.
 */
export function patternName(pattern: unknown): string {
  const grpc = grpcMethod(pattern);
  if (grpc !== undefined) return grpc;
  if (typeof pattern === 'symbol') return pattern.description ?? 'symbol';
  if (typeof pattern !== 'object' || pattern === null || pattern instanceof RegExp)
    return String(pattern);
  return JSON.stringify(ordered(pattern));
}

/** A handler has the pattern as an object, a server as its JSON. */
function grpcMethod(pattern: unknown): string | undefined {
  if (typeof pattern === 'object' && pattern !== null)
    return 'streaming' in pattern ? methodIn(pattern) : undefined;
  if (typeof pattern !== 'string' || !pattern.startsWith('{')) return undefined;
  try {
    return methodIn(JSON.parse(pattern) as object);
  } catch {
    return undefined;
  }
}

function methodIn(pattern: object): string | undefined {
  const { service, rpc } = pattern as { readonly service?: unknown; readonly rpc?: unknown };
  const isMethod = typeof service === 'string' && typeof rpc === 'string';
  return isMethod ? `${service}/${rpc}` : undefined;
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, ordered(member)]));
}
