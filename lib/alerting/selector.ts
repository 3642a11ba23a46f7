import { option } from '../options/description.js';
import type { LabelMatcher } from '../query/label-matcher.js';
import { METRIC_NAME } from '../query/label-set.js';
import { parseMatchers } from '../query/language/selector-parser.js';

/** Option for label matchers without braces that all series must have. */
export const selectorOption = () =>
  option((it) => typeof it === 'string' && isSelector(it), {
    rule: 'a list of label matchers without braces',
    remedy: `Pass something like 'job="shop",environment=~"prod|test"'.`,
  });

/** Returns true for a list of label matchers without braces. An empty text is one. */
function isSelector(text: string): boolean {
  try {
    return parseMatchers(text).every(({ name }) => name !== METRIC_NAME);
  } catch {
    return false;
  }
}

/**
 * Returns the matchers of a selector, as Prometheus reads them.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX` for one that is invalid.
 */
export function matchersOf(selector: string): readonly LabelMatcher[] {
  return parseMatchers(selector);
}

/** Returns a selector in one form: double quotes, no spaces, no comma at the end. */
export function selectorText(selector: string): string {
  return parseMatchers(selector).join(',');
}
