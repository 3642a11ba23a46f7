import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueryError } from '../../../lib/query/index.js';
import { compilePattern } from '../../../lib/query/pattern/pattern.js';

const problemOf = (expression: string) => {
  try {
    compilePattern(expression);
  } catch (error) {
    return error instanceof QueryError ? error.detail : `another error: ${String(error)}`;
  }
  return undefined;
};

describe('a regular expression of a label matcher', () => {
  it.each([
    ['GET|POST', ['GET', 'POST'], ['GE', 'GETPOST', 'get', '']],
    ['(GET|POST)?', ['GET', ''], ['GETGET']],
    ['5..', ['500', '5\n0', '5😀0'], ['50', '5000']],
    ['^5\\d\\d$', ['503'], ['5d3', '4503']],
    ['(?i:shop)-API', ['Shop-API', 'SHOP-API'], ['shop-api']],
    ['(?i)straße|[À-Ö]', ['STRAßE', 'é'.normalize('NFC'), 'À'], ['strasse']],
    ['[^a-c]+', ['xyz', '\n'], ['xaz', '']],
    ['(?i)[^a]', ['b'], ['a', 'A']],
    ['[]a-]+', [']', 'a-'], ['b']],
    ['[[:alpha:]_\\d]*', ['a_1', ''], ['a-']],
    ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['a{2}', ['aa'], ['a', 'aaa']],
    ['a{,2}', ['a{,2}'], ['aa']],
    ['(ab){1,}c', ['abc', 'ababc'], ['c']],
    ['\\p{Lu}\\PL', ['É1'], ['é1', 'EE']],
    ['\\x41\\x{1F600}\\101', ['A😀A'], ['A😀B']],
    ['\\Qa.b*\\E+', ['a.b*', 'a.b**'], ['axb*', 'a.b']],
    ['.*\\bfoo\\b.*', ['a foo b', 'foo'], ['afoo', 'food']],
    ['(?m)a$\\n^b', ['a\nb'], ['ab']],
    ['(?-s)a.b', ['a-b'], ['a\nb']],
    ['(a*)*b|(a|a)*c', ['aaab', 'b', 'aac'], ['aaa']],
    ['/api/(?:v1|v2)/[^/]+', ['/api/v1/orders'], ['/api/v3/orders', '/api/v1/orders/1']],
    ['.+', ['a', '\n'], ['']],
    ['.*', ['', 'anything'], []],
  ])('%s matches whole values', (expression, matching, others) => {
    const pattern = compilePattern(expression);
    for (const text of matching) expect([text, pattern.test(text)]).toEqual([text, true]);
    for (const text of others) expect([text, pattern.test(text)]).toEqual([text, false]);
  });

  it.each([
    ['(', 'missing closing ): `(`'],
    ['a)', 'unexpected ): `a)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{3,2}', 'invalid repeat count: `{3,2}`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['\\', 'trailing backslash at end of expression: `\\`'],
    ['a(?=b)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'invalid escape sequence: `\\1`'],
    ['\\p{Nope}', 'invalid character class range: `\\p{Nope}`'],
    ['[[:nope:]]', 'invalid character class range: `[:nope:]`'],
  ])('%s is refused with the problem that Go reports', (expression, problem) => {
    expect(problemOf(expression)).toBe(`error parsing regexp: ${problem}`);
  });

  it('Repetitions of repetitions that need too many states are refused', () => {
    expect(problemOf('((a{100}){100}){100}')).toContain('more than 2000 states');
    expect(problemOf('('.repeat(50_000))).toContain('nests too deeply');
  });

  it('Nested repetitions match long values within the limit of work', () => {
    const pattern = compilePattern('(a+)+(b|c)');
    expect(pattern.test('a'.repeat(50_000))).toBe(false);
  });

  it('A pattern that visits too many states is stopped', () => {
    const pattern = compilePattern('.{1,400}.{1,400}z');
    expect(() => pattern.test('x'.repeat(10_000))).toThrow(/takes too much work/);
  });
});

const character = fc.constantFrom('a', 'b', '-', '\\.', '😀', '.', '.', '[ab]', '[^a]', '\\w');
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}');

/** Expressions that RE2 and JavaScript read in the same way, made of others. */
const choiceOf = (atom: fc.Arbitrary<string>) => {
  const part = fc.tuple(atom, quantifier).map((it) => it.join(''));
  const sequence = fc.array(part, { maxLength: 3 }).map((it) => it.join(''));
  return fc.array(sequence, { minLength: 1, maxLength: 3 }).map((it) => it.join('|'));
};
const group = choiceOf(character).chain((it) => fc.constantFrom(`(${it})`, `(?:${it})`));
const expression = choiceOf(fc.oneof(character, group));
const text = fc.array(fc.constantFrom('a', 'b', '-', '.', '😀', '\n'), { maxLength: 8 });

describe('any expression', () => {
  it('Matches the texts that the engine of JavaScript matches', () => {
    fc.assert(
      fc.property(expression, fc.array(text, { minLength: 5 }), (source, texts) => {
        const pattern = compilePattern(source);
        const peer = new RegExp(`^(?:${source})$`, 'su');
        for (const it of texts.map((chars) => chars.join(''))) {
          expect([source, it, pattern.test(it)]).toEqual([source, it, peer.test(it)]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('Lists as many texts as a query has room for', () => {
    const hosts = Array.from({ length: 900 }, (_, i) => `host-${i}.example:80`);
    for (const [before, after] of [
      ['', ''],
      ['(', ')'],
      ['^(?:', ')$'],
      ['(?:', ').*'],
    ]) {
      const list = hosts.map((it) => it.replace('.', '\\.')).join('|');
      const isShort = after !== ').*';
      const pattern = compilePattern(before + (isShort ? list : list.slice(0, 1_000)) + after);
      expect(pattern.test('host-7.example:80')).toBe(true);
      expect(pattern.test('host-7xexample:80')).toBe(false);
    }
  });

  it.each(['.+', '.*Order.*', '(?i).*order.*', 'handler-[0-9]+-.*', '.*(Order|Cart)-.*'])(
    '%s matches the values of 20,000 series within the limit of work',
    (source) => {
      const pattern = compilePattern(source);
      for (let i = 0; i < 20_000; i++) expect(pattern.test(`handler-${i}-Order-x`)).toBe(true);
    },
  );
});

describe('a replacement', () => {
  it.each([
    ['(.*)-(\\d+)', 'shop-12', '$2:$1', '12:shop'],
    ['(?P<host>[^:]+):(?P<port>.*)', 'db:5432', '${host}/$port', 'db/5432'],
    ['(a)|(b)', 'b', '[$1$2]', '[b]'],
    ['(.*)', 'x', '$1x', ''],
    ['(.*)', 'x', '${1}x$$1$9', 'xx$1'],
    ['(.*?)(o*)', 'foo', '$1-$2', 'f-oo'],
    ['(a|ab)(c|bcd)(d*)', 'abcd', '$1,$2,$3', 'a,bcd,'],
    ['(?:(a)|b)*', 'ab', '<$1>', '<a>'],
    ['x', 'x', '$', '$'],
  ])('A match of %s in %s is replaced by %s', (expression, text, template, expected) => {
    expect(compilePattern(expression).expand(text, template)).toBe(expected);
  });

  it('A text that does not match has no replacement', () => {
    expect(compilePattern('a(.*)').expand('b', '$1')).toBeUndefined();
  });
});
