/** Aggregation operators; `true` for one with a parameter. */
export const aggregators: ReadonlyMap<string, boolean> = new Map([
  ['sum', false],
  ['avg', false],
  ['count', false],
  ['min', false],
  ['max', false],
  ['group', false],
  ['stddev', false],
  ['stdvar', false],
  ['topk', true],
  ['bottomk', true],
  ['count_values', true],
  ['quantile', true],
  ['limitk', true],
  ['limit_ratio', true],
]);

/** Precedence of the binary operators: a higher one binds tighter. */
export const precedences: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ...['==', '!=', '<=', '<', '>=', '>'].map((it) => [it, 3] as const),
  ['+', 4],
  ['-', 4],
  ...['*', '/', '%', 'atan2'].map((it) => [it, 5] as const),
  ['^', 6],
]);

/** Precedence of unary operators: that of the multiplication. */
export const UNARY_PRECEDENCE = 5;

const comparisons = new Set(['==', '!=', '<=', '<', '>=', '>']);
const setOperators = new Set(['and', 'or', 'unless']);
const modifiers = ['offset', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right'];
const keywords = new Set([...modifiers, 'bool', 'start', 'end', 'step', 'range']);
// Keywords that cannot be the name of a metric in a selector.
const reserved = new Set(['on', 'ignoring', 'group_left', 'group_right', 'bool', 'atan2']);

/** Returns true for an operator that compares. */
export const isComparison = (operator: string): boolean => comparisons.has(operator);

/** Returns true for an operator on sets of series. */
export const isSetOperator = (operator: string): boolean => setOperators.has(operator);

/** Returns true for a word or symbol that is an operator. */
export const isOperator = (word: string): boolean =>
  precedences.has(word) || word === '=~' || word === '!~' || word === '@';

/** Returns true for a word of the language other than operators and functions. */
export const isKeyword = (word: string): boolean => keywords.has(word);

/** Returns true for a word that cannot be the name of a metric outside of braces. */
export const isReserved = (word: string): boolean => reserved.has(word);
