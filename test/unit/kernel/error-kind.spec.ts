import { describe, expect, it } from 'vitest';
import { errorKind } from '../../../lib/kernel/faults.js';

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('no');
    },
  },
);

describe('the kind of an error', () => {
  it.each<[string, unknown, string]>([
    ['an error', new TypeError('postgres://user:password@host'), 'TypeError'],
    [
      'one with a code',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'Error ECONNREFUSED',
    ],
    [
      'one whose cause has a code',
      new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }),
      'TypeError ENOTFOUND',
    ],
    ['one with a number for a code', Object.assign(new Error('x'), { code: 14 }), 'Error 14'],
    [
      'one whose name is a sentence',
      Object.assign(new Error('x'), { name: 'a b' }),
      'a thrown object',
    ],
    ['a text', 'secret', 'a thrown string'],
    ['null', null, 'a thrown object'],
    ['nothing', undefined, 'a thrown undefined'],
    ['one that cannot be read', hostile, 'an unreadable error'],
  ])('The kind of an error is correct for %s', (_title, error, kind) => {
    expect(errorKind(error)).toBe(kind);
  });
});
