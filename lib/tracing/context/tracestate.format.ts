/** Maximum number of `tracestate` members. Source: https://www.w3.org/TR/trace-context/#tracestate-header */
const TRACESTATE_MEMBER_LIMIT = 32;
/** Maximum number of propagated characters. */
const TRACESTATE_LENGTH_LIMIT = 512;

// "Entries larger than 128 characters long SHOULD be removed first."
const LARGE_MEMBER = 128;
const READ_LIMIT = 8192;
const KEY =
  /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z0-9][a-z0-9_\-*/]{0,13})$/;
// Printable ASCII without comma and equals sign that does not end in a space.
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** Propagated part of a `tracestate`, and the rule that the rest violates. */
export interface BoundedTracestate {
  readonly tracestate: string | undefined;
  readonly problem: string | undefined;
}

/**
 * Returns a valid `tracestate` header unchanged. A malformed one is dropped as a whole, because its
 * member boundaries are unknown. One that is too long loses whole members, large ones first.
 */
export function boundTracestate(header: string): BoundedTracestate {
  if (header.length > READ_LIMIT) return refused(`tracestate has at most ${READ_LIMIT} characters`);
  const members = header.split(',').map(trimSpace).filter(Boolean);
  if (members.length === 0) return { tracestate: undefined, problem: undefined };
  if (members.length > TRACESTATE_MEMBER_LIMIT) {
    return refused(`tracestate has at most ${TRACESTATE_MEMBER_LIMIT} members`);
  }
  if (!members.every(isMember)) return refused('tracestate is a list of key=value');
  if (header.length <= TRACESTATE_LENGTH_LIMIT) return { tracestate: header, problem: undefined };
  return { tracestate: shorten(members) || undefined, problem: undefined };
}

function refused(problem: string): BoundedTracestate {
  return { tracestate: undefined, problem };
}

/** Trims without a regular expression, which would scan long runs of spaces repeatedly. */
function trimSpace(member: string): string {
  let start = 0;
  let end = member.length;
  while (start < end && isSpace(member[start])) start++;
  while (end > start && isSpace(member[end - 1])) end--;
  return member.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function isMember(member: string): boolean {
  const separator = member.indexOf('=');
  if (separator === -1) return false;
  return KEY.test(member.slice(0, separator)) && VALUE.test(member.slice(separator + 1));
}

function shorten(members: readonly string[]): string {
  const kept = [...members];
  const length = () => kept.reduce((sum, it) => sum + it.length + 1, -1);
  while (length() > TRACESTATE_LENGTH_LIMIT) {
    const large = kept.findLastIndex((it) => it.length > LARGE_MEMBER);
    kept.splice(large, 1);
  }
  return kept.join(',');
}
