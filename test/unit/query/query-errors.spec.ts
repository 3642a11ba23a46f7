import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../lib/query/index.js';
import { parseQuery } from '../../../lib/query/language/parser.js';

function errorOf(query: string): QueryError {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`${query} is valid`);
}

describe('a query with an error', () => {
  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['1 +', '1:4: parse error: unexpected end of input'],
    ['*1', '1:1: parse error: unexpected <op:*>'],
    ['(1', '1:3: parse error: unclosed left parenthesis'],
    ['1)', "1:2: parse error: unexpected right parenthesis ')'"],
    ['foo bar', '1:5: parse error: unexpected identifier "bar"'],
    ['foo{', '1:5: parse error: unexpected end of input inside braces'],
    [
      'foo{a}',
      '1:6: parse error: unexpected "}" in label matching, expected label matching operator',
    ],
    [
      'foo{a="b" c="d"}',
      '1:11: parse error: unexpected identifier "c" in label matching, expected "," or "}"',
    ],
    ['foo{a=b}', '1:7: parse error: unexpected identifier "b" in label matching, expected string'],
    ['foo{a=~"("}', '1:5: parse error: error parsing regexp: missing closing ): `(`'],
    ['foo{__name__="bar"}', '1:1: parse error: metric name must not be set twice: "foo" or "bar"'],
    ['{x=~".*"}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['{}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['foo[5m', '1:7: parse error: unclosed left bracket'],
    ['foo[5x]', '1:5: parse error: bad number or duration syntax: "5x"'],
    ['foo[1m1h]', '1:5: parse error: not a valid duration string: "1m1h"'],
    [
      'foo[]',
      '1:5: parse error: unexpected "]" in subquery or range selector, expected number or duration',
    ],
    ['foo[0s]', '1:5: parse error: duration must be greater than 0'],
    ['foo[5m][5m]', '1:8: parse error: ranges only allowed for vector selectors'],
    ['foo offset 5m [5m]', '1:15: parse error: no offset modifiers allowed before range'],
    ['foo offset 5m offset 5m', '1:1: parse error: offset may not be set multiple times'],
    [
      'foo offset x',
      '1:12: parse error: unexpected identifier "x" in offset, expected number or duration',
    ],
    [
      '1 offset 1d',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['foo @ bar', '1:7: parse error: unexpected identifier "bar" in @, expected timestamp'],
    ['foo @ Inf', '1:7: parse error: timestamp out of bounds for @ modifier: Infinity'],
    ['"a', '1:1: parse error: unterminated quoted string'],
    ['"\\q"', '1:1: parse error: unknown escape sequence "\\\\q"'],
    ['foo$', "1:4: parse error: unexpected character: '$'"],
    ['a ! b', "1:3: parse error: unexpected character after '!': ' '"],
    ['sum', undefined],
    ['sum by', '1:7: parse error: unexpected end of input in grouping opts, expected "("'],
    [
      'sum without(==)(foo)',
      '1:13: parse error: unexpected <op:==> in grouping opts, expected label',
    ],
    ['sum()', '1:1: parse error: no arguments for aggregate expression provided'],
    [
      'topk(foo)',
      '1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1',
    ],
    [
      'topk("a", foo)',
      '1:6: parse error: expected type scalar in aggregation parameter, got string',
    ],
    [
      'sum(1)',
      '1:5: parse error: expected type instant vector in aggregation expression, got scalar',
    ],
    [
      'rate(foo)',
      '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
    ['rate()', '1:1: parse error: expected 1 argument(s) in call to "rate", got 0'],
    [
      'round(a, 1, 2)',
      '1:1: parse error: expected at most 2 argument(s) in call to "round", got 3',
    ],
    [
      'label_join(a, "b")',
      '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2',
    ],
    ['abs(foo,)', '1:8: parse error: trailing commas not allowed in function call args'],
    ['raet(foo[5m])', '1:1: parse error: unknown function with name "raet"'],
    ['1 == 1', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['foo + bool bar', '1:5: parse error: bool modifier can only be used on comparison operators'],
    ['foo or 1', '1:1: parse error: set operator "or" not allowed in binary scalar expression'],
    ['foo and on(a) group_left b', '1:1: parse error: no grouping allowed for "and" operation'],
    [
      'foo + on(a) group_left(a) b',
      '1:5: parse error: label "a" must not occur in ON and GROUP clause at once',
    ],
    ['1 + on(a) foo', '1:1: parse error: vector matching only allowed between instant vectors'],
    [
      'foo + "a"',
      '1:7: parse error: binary expression must contain only scalar and instant vector types',
    ],
    [
      '-"a"',
      '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
    ],
    [
      'foo[5m:1m][5m:1m]',
      '1:1: parse error: subquery is only allowed on instant vector, got matrix instead',
    ],
    [
      'foo +\n  rate(bar)',
      '2:8: parse error: expected type range vector in call to function "rate", got instant vector',
    ],
  ])('%s is refused at its place in the words of Prometheus', (query, problem) => {
    if (problem === undefined) expect(() => parseQuery(query)).not.toThrow();
    else expect(errorOf(query)).toMatchObject({ code: 'OBS_QUERY_SYNTAX', detail: problem });
  });

  it('The message of a syntax error has the code, the place and a remedy', () => {
    expect(errorOf('incresse(foo[5m])').message).toBe(
      'OBS_QUERY_SYNTAX: 1:1: parse error: unknown function with name "incresse". Did you mean increase?',
    );
    expect(errorOf('rate(foo)').remedy).toBe('Add a range such as [5m] to the selector.');
    expect(errorOf('foo + +').offset).toBe(7);
  });

  it('Words of the language can be names of metrics and labels', () => {
    for (const query of [
      'sum',
      'by + offset',
      'and and and',
      'start{end="on"}',
      'sum by (by) (or)',
    ])
      expect(() => parseQuery(query)).not.toThrow();
  });
});

const ALPHABET =
  'a b foo _ : 1 0x 1h5m .5 Inf " \' ` \\ \\x4 ( ) [ ] { } , = =~ != !~ == > < + - * / % ^ @ # \n by on bool offset group_left sum rate topk start é 😀 ( ) { } [ 5m ] a a';
const words = ALPHABET.split(' ');

/** Pseudo-random numbers, the same in each run. */
function* randoms(seed: number): Generator<number> {
  for (let x = seed; ;) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    yield x / 2 ** 32;
  }
}

describe('a random text', () => {
  const random = randoms(7);
  const next = (below: number) => Math.floor((random.next().value as number) * below);

  it('A random text as a query is valid or a QueryError', () => {
    let valid = 0;
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: 1 + next(12) }, () => words[next(words.length)]).join(
        next(2) === 0 ? '' : ' ',
      );
      try {
        parseQuery(text);
        valid++;
      } catch (error) {
        if (!(error instanceof QueryError)) throw new Error(text, { cause: error });
      }
    }
    expect(valid).toBeGreaterThan(200);
  });
});
