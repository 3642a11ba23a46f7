import type { SilenceMatcher } from '../../kernel/alert-port.js';
import { LabelMatcher, type MatchOperator } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';

/** Matcher as Alertmanager writes it. */
export const MATCHER =
  /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"{},]*?))\s*$/;

/**
 * Reads a matcher as Alertmanager writes it: `severity="critical"`, `team=~"a|b"`.
 *
 * @returns `undefined` for a text that is none.
 */
export function matcherOf(text: unknown): LabelMatcher | undefined {
  const [, name, operator, quoted, plain = ''] = MATCHER.exec(String(text)) ?? [];
  if (name === undefined) return undefined;
  const value = quoted?.replaceAll(/\\(.)/g, (_, it: string) => (it === 'n' ? '\n' : it)) ?? plain;
  return conditionOf({ name, operator: operator as MatchOperator, value });
}

/** Returns a matcher; `undefined` for an invalid regular expression. */
export function conditionOf({ name, operator, value }: SilenceMatcher): LabelMatcher | undefined {
  try {
    return new LabelMatcher(name, operator, value);
  } catch {
    return undefined;
  }
}

/** Returns true for labels that satisfy all matchers. */
export function matchesAll(matchers: readonly LabelMatcher[], labels: LabelSet): boolean {
  return matchers.every((it) => it.matches(labels.get(it.name)));
}
