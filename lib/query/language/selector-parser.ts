import { LabelMatcher, type MatchOperator } from '../label-matcher.js';
import { METRIC_NAME } from '../label-set.js';
import type { FixedTime, VectorSelector } from './expression.js';
import type { Token } from './lexer.js';
import { TokenStream } from './token-stream.js';

const CONTEXT = 'label matching';
const operators: readonly MatchOperator[] = ['=', '!=', '=~', '!~'];

/**
 * Takes a selector such as `name{label="value"}`.
 *
 * @param name - Token of the metric name where it is taken already.
 */
export function takeSelector(tokens: TokenStream, name?: Token): VectorSelector {
  const start = name?.start ?? tokens.current.start;
  const matchers = tokens.sees('{') ? takeMatchers(tokens) : [];
  if (name !== undefined) matchers.push(new LabelMatcher(METRIC_NAME, '=', name.text));
  checkMatchers(tokens, matchers, { start, hasName: name !== undefined });
  return { kind: 'selector', matchers, offsetMs: 0, at: undefined, start, end: tokens.lastEnd };
}

/**
 * Parses label matchers without braces, such as `job="shop",zone=~"a|b"`. An empty text has none.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`
 */
export function parseMatchers(text: string): LabelMatcher[] {
  const tokens = new TokenStream(`{${text}}`);
  const matchers = takeMatchers(tokens);
  if (tokens.current.kind !== 'end') tokens.unexpected({ context: CONTEXT });
  return matchers;
}

function takeMatchers(tokens: TokenStream): LabelMatcher[] {
  const matchers: LabelMatcher[] = [];
  tokens.expect('{');
  while (!tokens.take('}')) {
    matchers.push(takeMatcher(tokens));
    if (!tokens.take(',') && !tokens.sees('}')) {
      tokens.unexpected({ context: CONTEXT, expected: '"," or "}"' });
    }
  }
  return matchers;
}

function takeMatcher(tokens: TokenStream): LabelMatcher {
  const { kind, start } = tokens.current;
  if (kind !== 'identifier' && kind !== 'string') {
    return tokens.unexpected({ context: CONTEXT, expected: 'identifier or "}"' });
  }
  const token = tokens.next();
  const label = kind === 'string' ? tokens.stringValue(token) : token.text;
  const operator = operators.find((it) => tokens.sees(it));
  if (operator === undefined) {
    // A quoted name alone is the name of the metric.
    if (kind === 'string') return new LabelMatcher(METRIC_NAME, '=', label);
    return tokens.unexpected({ context: CONTEXT, expected: 'label matching operator' });
  }
  tokens.next();
  const value = tokens.takeString() ?? tokens.unexpected({ context: CONTEXT, expected: 'string' });
  return tokens.at(start, () => new LabelMatcher(label, operator, value));
}

function checkMatchers(
  tokens: TokenStream,
  matchers: readonly LabelMatcher[],
  { start, hasName }: { readonly start: number; readonly hasName: boolean },
): void {
  if (hasName) {
    const other = matchers.slice(0, -1).find((it) => it.name === METRIC_NAME);
    if (other === undefined) return;
    const [first, second] = [matchers.at(-1)!.value, other.value].map((it) => JSON.stringify(it));
    tokens.fail(`metric name must not be set twice: ${first} or ${second}`, start);
  } else if (matchers.every((it) => it.matches(''))) {
    const problem = 'vector selector must contain at least one non-empty matcher';
    tokens.fail(problem, start, 'Name a metric, or match a label that must not be empty.');
  }
}

/** Takes the time of an `@` modifier. */
export function takeFixedTime(tokens: TokenStream): FixedTime {
  for (const end of ['start', 'end'] as const) {
    if (!tokens.take(end)) continue;
    tokens.expect('(');
    tokens.expect(')');
    return end;
  }
  const { start } = tokens.current;
  const isNegative = tokens.sees('-');
  if (isNegative || tokens.sees('+')) tokens.next();
  const seconds = tokens.takeNumber();
  if (seconds === undefined) return tokens.unexpected({ context: '@', expected: 'timestamp' });
  const ms = Math.round(seconds * 1_000) * (isNegative ? -1 : 1);
  if (!Number.isSafeInteger(ms)) {
    tokens.fail(`timestamp out of bounds for @ modifier: ${seconds}`, start);
  }
  return ms;
}
