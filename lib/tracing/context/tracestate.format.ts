/** Members that a `tracestate` has at most. Source: https://www.w3.org/TR/trace-context/#tracestate-header */
const TRACESTATE_MEMBER_LIMIT = 32;
/** Characters that are passed on at most. */
const TRACESTATE_LENGTH_LIMIT = 512;

// "Entries larger than 128 characters long SHOULD be removed first."
const LARGE_MEMBER = 128;
const READ_LIMIT = 8192;
const KEY =
  /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z0-9][a-z0-9_\-*/]{0,13})$/;
// Printable ASCII without comma and equals sign, not ending in a space.
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** What there is to pass on of a `tracestate`, and the rule that the rest of it broke. */
export interface BoundedTracestate {
  readonly tracestate: string | undefined;
  readonly problem: string | undefined;
}

/**
 * A `tracestate` header as it came, as long as it keeps the format's rules. A malformed one is left out as a whole, for
 * nobody can say where its members begin; of one that is too long whole members go, the large ones first.
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

/** By hand: a regular expression would look at long runs of spaces again and again. */
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
