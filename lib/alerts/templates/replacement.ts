import { compilePattern } from '../../query/pattern/pattern.js';

/** Patterns that match at one place only. */
const ANCHORED = /(?<![\\[])\^|\\A/;

/**
 * Replaces what matches a regular expression of RE2, as `ReplaceAllString` of Go does: `$1` and `${name}` stand for groups.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`, `OBS_QUERY_LIMIT`
 */
export function replaceAll(pattern: string, template: string, text: string): string {
  const ending = compilePattern(`(?s:.*?)(?:${pattern})(?P<rest_>(?s:.*))`);
  const beginning = compilePattern(`(?P<before_>(?s:.*?))(?:${pattern})(?s:.*)`);
  let done = '';
  let left = text;
  for (let isAfterMatch = false; ;) {
    const rest = ending.expand(left, '${rest_}');
    if (rest === undefined) return done + left;
    const before = beginning.expand(left, '${before_}') ?? '';
    const length = left.length - before.length - rest.length;
    // Go takes no empty match right after another one.
    const counts = length > 0 || before !== '' || !isAfterMatch;
    done += before + (counts ? (ending.expand(left, template) ?? '') : '');
    if (rest === '' || ANCHORED.test(pattern)) return done + rest;
    const skipped = length > 0 ? '' : String.fromCodePoint(rest.codePointAt(0) ?? 0);
    done += skipped;
    left = rest.slice(skipped.length);
    isAfterMatch = length > 0;
  }
}
