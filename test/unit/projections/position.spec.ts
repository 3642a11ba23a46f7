import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasReached,
  isSamePosition,
  type Position,
  positionValue,
} from '../../../lib/projections/position.js';

/** With what a title can show. */
const pairs = (cases: readonly (readonly [Position, Position])[]) =>
  cases.map(([one, other]) => [inspect(one), inspect(other), one, other] as const);

describe('a checkpoint', () => {
  it.each(
    pairs([
      [2, 1],
      [10n, 9],
      ['10', '9'],
      ['10', 9n],
      [2 ** 60, '9'],
      ['9007199254740993', 9_007_199_254_740_992n],
      ['00000010', '9'],
      ['1526919030474-55', '1526919030474-7'],
      ['1526919030475-0', '1526919030474-99'],
      ['01ARZ4', '01ARZ3'],
      ['b', 'a9'],
      [
        { p0: 2, p1: '11' },
        { p0: 2, p1: 3n },
      ],
      [{ p0: 2, p1: 1 }, { p0: 1 }],
    ]),
  )(
    'A checkpoint of %s has reached %s, and not the other way round',
    (_one, _other, one, other) => {
      expect(hasReached(one, other)).toBe(true);
      expect(hasReached(other, one)).toBe(false);
      expect(isSamePosition(one, other)).toBe(false);
    },
  );

  it.each(
    pairs([
      [1, 1n],
      ['1', 1],
      ['007', 7],
      ['5-1', '5-01'],
      ['a', 'a'],
      [{ p0: 1 }, { p0: '1' }],
    ]),
  )('A checkpoint of %s is the same as %s', (_one, _other, one, other) => {
    expect(hasReached(one, other)).toBe(true);
    expect(isSamePosition(one, other)).toBe(true);
  });

  it.each(
    pairs([
      [1, 'a'],
      ['5-1', 5],
      [{ p0: 1 }, 1],
      [1, { p0: 1 }],
      [Number.NaN, 1],
      [{ p0: 'a' }, { p0: 1 }],
    ]),
  )('A checkpoint of %s cannot be compared with %s', (_one, _other, one, other) => {
    expect(hasReached(one, other)).toBeUndefined();
  });

  it('A checkpoint that does not exist has reached nothing', () => {
    expect(hasReached(null, 0)).toBe(false);
    expect(hasReached(null, { p0: 0 })).toBe(false);
    expect(isSamePosition(null, null)).toBe(true);
    expect(isSamePosition(null, 0)).toBe(false);
  });

  it('A checkpoint keeps the order of whole numbers in every form', () => {
    const forms = [(it: bigint) => it, (it: bigint) => String(it), (it: bigint) => Number(it)];
    const number = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });
    const form = fc.constantFrom(...forms);
    fc.assert(
      fc.property(number, number, form, form, (a, b, formOfA, formOfB) => {
        expect(hasReached(formOfA(a), formOfB(b))).toBe(a >= b);
      }),
    );
  });
});

describe('the number of a position', () => {
  it('The number of a position is that of a whole number in every form', () => {
    expect([5, 5n, '0042'].map(positionValue)).toEqual([5, 5, 42]);
  });

  it.each<Position | null>(['5-1', 'a', '', { p0: 1 }, null, Infinity])(
    'The value %j is no position number',
    (position) => {
      expect(positionValue(position)).toBeUndefined();
    },
  );
});
