import { describe, expect, it } from 'vitest';
import { LabelMatcher, LabelSet, queryErrorCodes } from '../../../lib/query/index.js';

describe('a label set', () => {
  const labels = LabelSet.of({ job: 'shop', __name__: 'up', empty: '', zone: 'a' });

  it('A label set sorts its labels and has none without a value', () => {
    expect(labels.names).toEqual(['__name__', 'job', 'zone']);
    expect(labels.values).toEqual(['up', 'shop', 'a']);
    expect(labels.get('empty')).toBe('');
    expect(labels.toJSON()).toEqual({ __name__: 'up', job: 'shop', zone: 'a' });
  });

  it('A label set changes into another one and stays what it was', () => {
    expect(labels.with('instance', 'b').toJSON()).toEqual({
      __name__: 'up',
      instance: 'b',
      job: 'shop',
      zone: 'a',
    });
    expect(labels.with('zz', 'b').names.at(-1)).toBe('zz');
    expect(labels.with('job', '').names).toEqual(['__name__', 'zone']);
    expect(labels.without(['__name__', 'x']).names).toEqual(['job', 'zone']);
    expect(labels.only(['job', 'x']).toJSON()).toEqual({ job: 'shop' });
    expect(labels.names).toHaveLength(3);
  });

  it('A label set has the key of equal sets only', () => {
    const keys = [
      { a: 'b', c: 'd' },
      { a: 'b1:c1:d' },
      { a: 'b', c: 'de' },
      { a1: 'b', c: 'd' },
      {},
    ].map((it) => LabelSet.of(it as Record<string, string>).key);
    expect(new Set(keys).size).toBe(5);
    expect(LabelSet.of({ c: 'd', a: 'b' }).key).toBe(keys[0]);
  });

  it('A label set is written as PromQL writes it', () => {
    const text = (it: Record<string, string>) => LabelSet.of(it).toString();
    expect(text({ __name__: 'up', job: 'a"b' })).toBe('up{job="a\\"b"}');
    expect(text({ __name__: 'up' })).toBe('up');
    expect(text({})).toBe('{}');
    expect(text({ __name__: 'a b', 'c.d': 'e' })).toBe('{"a b", "c.d"="e"}');
  });
});

describe('a label matcher', () => {
  it.each([
    ['=', 'a', ['a'], ['b', '']],
    ['!=', 'a', ['b', ''], ['a']],
    ['=~', 'a|b', ['a', 'b'], ['ab', '']],
    ['!~', 'a.*', ['b', ''], ['abc']],
  ] as const)('A label matcher %s"%s" holds for other values', (operator, value, yes, no) => {
    const matcher = new LabelMatcher('x', operator, value);
    for (const it of [...yes, ...yes]) expect(matcher.matches(it)).toBe(true);
    for (const it of [...no, ...no]) expect(matcher.matches(it)).toBe(false);
    expect(matcher.toString()).toBe(`x${operator}"${value}"`);
  });

  it('A label matcher with a wrong expression is refused by code', () => {
    expect(() => new LabelMatcher('x', '=~', '(')).toThrow(
      expect.objectContaining({ code: 'OBS_QUERY_SYNTAX' }),
    );
    expect(Object.keys(queryErrorCodes)).toContain('OBS_QUERY_LIMIT');
  });
});
