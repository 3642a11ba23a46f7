/**
 * Turns a pattern with `*` (any text, none too) and `?` (any one character) into a test of names. There is no regular
 * expression behind it, so no pattern takes more than pattern length × name length steps.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const firstWildcard = pattern.search(/[*?]/);
  if (firstWildcard === -1) return (name) => name === pattern;
  if (firstWildcard === pattern.length - 1 && pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1);
    return (name) => name.startsWith(prefix);
  }
  return (name) => matches(pattern, name);
}

/** After a mismatch only the last `*` is tried again with one more character: earlier ones cannot do better. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starTook = 0;
  for (let read = 0; read < name.length;) {
    if (pattern[at] === '*') {
      star = at++;
      starTook = read;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[read])) {
      at++;
      read++;
    } else if (star !== -1) {
      at = star + 1;
      read = ++starTook;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
