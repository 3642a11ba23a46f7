import { array, assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../../../lib/metrics/cardinality/label-rules.js';

describe('a list of allowed values', () => {
  const rule = compileRule({ allow: ['eu', 'us'] });

  it.each([
    ['eu', 'eu'],
    ['us', 'us'],
    ['asia', '__other__'],
    ['EU', '__other__'],
    ['', ''],
    ['__other__', '__other__'],
  ])('A list of allowed values makes %j to %j', (value, recorded) => {
    expect(rule(value)).toBe(recorded);
  });
});

describe('groups', () => {
  it('Groups of label values replace a value by the name of the first one that matches', () => {
    const rule = compileRule({
      groups: [
        { match: /^\/orders\/\d+$/, as: '/orders/:id' },
        { match: /^\/orders/, as: '/orders' },
      ],
    });
    expect(rule('/orders/17')).toBe('/orders/:id');
    expect(rule('/orders/17/lines')).toBe('/orders');
    expect(rule('/invoices')).toBe('/invoices');
  });

  it.each(['g', 'y', 'gy', 'gi', 'u', ''])(
    'Groups of label values answer alike each time with the flags %j, and leave the expression alone',
    (flags) => {
      const match = new RegExp('a', flags);
      match.lastIndex = 3;
      const rule = compileRule({ groups: [{ match, as: 'A' }] });
      expect([rule('ab'), rule('ab'), rule('ab')]).toEqual(['A', 'A', 'A']);
      expect(match.lastIndex).toBe(3);
    },
  );

  it('Groups of label values keep what a sticky expression means: it matches at the beginning only', () => {
    const rule = compileRule({ groups: [{ match: /a/y, as: 'A' }] });
    expect([rule('ab'), rule('ba'), rule('ab')]).toEqual(['A', 'ba', 'A']);
  });

  it('Groups of label values come before the list, and the list before the buckets', () => {
    const rule = compileRule({
      groups: [{ match: /^test-/, as: 'test' }],
      allow: ['acme'],
      buckets: 4,
    });
    expect(rule('test-1')).toBe('test');
    expect(rule('acme')).toBe('acme');
    expect(rule('other')).toMatch(/^bucket_[0-3]$/);
  });
});

describe('buckets', () => {
  it('Buckets of label values are those of every process and version: changing them would break every series', () => {
    const rule = compileRule({ buckets: 16 });
    const values = ['acme', 'globex', 'initech', 'ä', '😀', 'a'.repeat(128)];
    expect(values.map(rule)).toEqual([
      'bucket_10',
      'bucket_09',
      'bucket_05',
      'bucket_03',
      'bucket_06',
      'bucket_10',
    ]);
  });

  it('Buckets of label values have names of one length', () => {
    const names = new Set(
      Array.from({ length: 5_000 }, (_, i) => compileRule({ buckets: 100 })(`tenant-${i}`)),
    );
    expect(names.size).toBe(100);
    expect([...names].every((it) => /^bucket_\d\d$/.test(it))).toBe(true);
    expect(compileRule({ buckets: 1 })('x')).toBe('bucket_0');
  });

  it('Buckets of label values are filled evenly, even by numbers in a row', () => {
    const rule = compileRule({ buckets: 8 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 80_000; i++) {
      const bucket = rule(String(i));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    expect([...counts.values()].every((it) => it > 9_000 && it < 11_000)).toBe(true);
  });

  it('Buckets of label values hold any text, and no more names than there are buckets', () => {
    const rule = compileRule({ buckets: 7 });
    assert(
      property(array(string({ unit: 'binary' })), (values) =>
        values.every((it) => it === '' || /^bucket_[0-6]$/.test(rule(it))),
      ),
    );
  });
});
