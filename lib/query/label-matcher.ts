import { compilePattern } from './pattern/pattern.js';

/** Comparison of a {@link LabelMatcher}. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

// A matcher sees the same few values again and again.
const MAX_REMEMBERED = 10_000;
const PLAIN_NAME = /^[a-zA-Z_]\w*$/;

/** Condition on the value of one label. */
export class LabelMatcher {
  /** Name of the label. */
  readonly name: string;
  /** Comparison. */
  readonly operator: MatchOperator;
  /** Value or regular expression to compare with. */
  readonly value: string;
  readonly #test: (value: string) => boolean;

  /**
   * Creates a matcher. A regular expression has the syntax of RE2 and matches whole values, in time that is linear in
   * their length.
   *
   * @throws QueryError `OBS_QUERY_SYNTAX` for an invalid regular expression.
   */
  constructor(name: string, operator: MatchOperator, value: string) {
    this.name = name;
    this.operator = operator;
    this.value = value;
    const isPattern = operator === '=~' || operator === '!~';
    this.#test = isPattern ? remembered(compilePattern(value)) : (it) => it === value;
  }

  /**
   * Returns true for a value that satisfies the condition.
   *
   * @param value - Value of the label; empty for an absent label.
   * @throws QueryError `OBS_QUERY_LIMIT` when a regular expression takes too much work.
   */
  matches(value: string): boolean {
    return this.#test(value) === (this.operator === '=' || this.operator === '=~');
  }

  /** Returns the matcher as PromQL writes it: `name="value"`, with quotes around a name of other characters. */
  toString(): string {
    const name = PLAIN_NAME.test(this.name) ? this.name : JSON.stringify(this.name);
    return `${name}${this.operator}${JSON.stringify(this.value)}`;
  }
}

function remembered(pattern: { test(value: string): boolean }): (value: string) => boolean {
  const known = new Map<string, boolean>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const result = pattern.test(value);
    if (known.size < MAX_REMEMBERED) known.set(value, result);
    return result;
  };
}
