/** Category of a stream whose id does not tell one. */
export const UNKNOWN_CATEGORY = 'unknown';

// What such an id has before its first hyphen is as good as the id itself.
const ID_WITHOUT_CATEGORY = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|\d+(?:\D|$))/i;

/**
 * The part of a stream's id before its separator; `unknown` when there is none, or when the id begins with what is an id
 * itself, a UUID or a number: a label never has the id of a stream.
 */
export function streamCategory(stream: string, separator: string): string {
  const end = stream.indexOf(separator);
  if (end <= 0 || ID_WITHOUT_CATEGORY.test(stream)) return UNKNOWN_CATEGORY;
  return stream.slice(0, end);
}
