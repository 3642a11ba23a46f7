import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deltaOf, withDelta } from '../../../lib/live/stream/delta.format.js';

const sent = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const apply = (before: unknown, after: unknown) => {
  const delta = deltaOf(before, after);
  return delta === undefined ? before : withDelta(before, sent(delta) as never);
};

describe('changes between two states', () => {
  it('Changes name what changed, by member and by index', () => {
    const before = {
      a: 1,
      rows: [
        { n: 'x', v: 1 },
        { n: 'y', v: 2 },
      ],
      gone: true,
    };
    const after = {
      a: 1,
      rows: [
        { n: 'x', v: 1 },
        { n: 'y', v: 3 },
      ],
      fresh: null,
    };
    expect(deltaOf(before, after)).toEqual({
      rows: { 1: { v: [3] } },
      fresh: [null],
      gone: [],
    });
  });

  it('A list of points that moved on is told by its new points', () => {
    const before = Array.from({ length: 45 }, (_, i) => i * 3);
    const after = [...before.slice(1), 7];
    expect(deltaOf(before, after)).toEqual({ '<': [7] });
    expect(apply(before, after)).toEqual(after);
  });

  it('A member without a value is none, as in JSON', () => {
    expect(deltaOf({ a: undefined }, {})).toBeUndefined();
    expect(deltaOf({ a: 1 }, { a: undefined })).toEqual({ a: [] });
  });

  it('Nothing is told when nothing changed', () => {
    expect(deltaOf({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toBeUndefined();
  });

  it('A member named as the mark of a move is a member', () => {
    const [before, after] = [
      { '<': 1, a: 1 },
      { '<': 2, a: 1 },
    ];
    expect(apply(before, after)).toEqual(after);
  });

  it('Changes always make the later value from the earlier one', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.integer({ min: 0, max: 3 }),
        fc.constant(null),
        fc.string({ maxLength: 2 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 8, maxLength: 12 }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b', '0', '<', '__proto_'), tie('value'), {
          maxKeys: 4,
        }),
      ),
    }));
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(sent(apply(sent(before), sent(after)))).toEqual(sent(after));
      }),
      { numRuns: 500 },
    );
  });
});
