import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatTraceparent,
  parseTraceparent,
} from '../../../../lib/tracing/context/traceparent.format.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const VALID = `00-${TRACE}-${SPAN}-01`;

const hexDigit = fc.constantFrom(...'0123456789abcdef');
const hex = (length: number) =>
  fc
    .string({ unit: hexDigit, minLength: length, maxLength: length })
    .filter((it) => /[^0]/.test(it));
const traceparent = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  traceFlags: fc.integer({ min: 0, max: 255 }),
});

describe('a traceparent', () => {
  it('A traceparent is read with its flags as they are, sampled or not', () => {
    expect(parseTraceparent(VALID)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ traceFlags: 0 });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)).toMatchObject({ traceFlags: 3 });
  });

  it('A traceparent is written with its flags as they are, sampled or not', () => {
    const ids = { traceId: TRACE, spanId: SPAN };
    expect(formatTraceparent({ ...ids, traceFlags: 0 })).toBe(`00-${TRACE}-${SPAN}-00`);
    expect(formatTraceparent({ ...ids, traceFlags: 3 })).toBe(`00-${TRACE}-${SPAN}-03`);
    expect(formatTraceparent({ ...ids, traceFlags: 255 })).toBe(`00-${TRACE}-${SPAN}-ff`);
  });

  it('A traceparent of a later version is read as far as today defines it', () => {
    const expected = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01`)).toEqual(expected);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-09-what-the-future-will-be-like`)).toEqual(
      expected,
    );
    expect(parseTraceparent(`fe-${TRACE}-${SPAN}-01-`)).toEqual(expected);
  });

  it.each([
    ['empty', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['all-zero trace id', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['all-zero span id', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['upper-case version', `0A-${TRACE}-${SPAN}-01`],
    ['short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['long span id', `00-${TRACE}-${SPAN}0-01`],
    ['one digit of flags', `00-${TRACE}-${SPAN}-1`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['flags that are no hex', `00-${TRACE}-${SPAN}-0x`],
    ['more fields in version 00', `${VALID}-what`],
    ['a later version without a dash after the flags', `cc-${TRACE}-${SPAN}-01.what`],
    ['a trailing dash in version 00', `${VALID}-`],
    ['space around it', ` ${VALID}`],
    ['a line break after it', `${VALID}\n`],
    ['a line break in a later version', `cc-${TRACE}-${SPAN}-01-a\nb`],
    ['two of them', `${VALID},${VALID}`],
    ['too long for any version', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(500)}`],
    ['underscores', VALID.replaceAll('-', '_')],
  ])('A traceparent with %s is invalid', (_, header) => {
    expect(parseTraceparent(header)).toBeTypeOf('string');
  });

  it.each([undefined, null, 42, {}, [VALID], Symbol('x'), new Date()])(
    'A traceparent is text, not %s',
    (value) => {
      expect(parseTraceparent(value)).toBe('traceparent is text');
    },
  );

  it('A traceparent survives being written and read, whatever its ids and flags', () => {
    fc.assert(
      fc.property(traceparent, (it) => {
        expect(parseTraceparent(formatTraceparent(it))).toEqual(it);
      }),
    );
  });

  it('A traceparent is valid or has a problem, never an exception, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.anything()), (it) => {
        expect(['string', 'object']).toContain(typeof parseTraceparent(it));
      }),
    );
  });

  it('A traceparent that one character was changed in is valid only if it still has the form', () => {
    const anywhere = fc.nat({ max: VALID.length - 1 });
    const character = fc.oneof(
      fc.constantFrom(...'0123456789abcdefABCDEF-gz \n'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(traceparent, anywhere, character, (valid, index, replacement) => {
        const header = formatTraceparent(valid);
        const mutated = header.slice(0, index) + replacement + header.slice(index + 1);
        const hasForm =
          /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.test(
            mutated,
          ) && !mutated.endsWith('\n');
        expect(typeof parseTraceparent(mutated) === 'object').toBe(hasForm);
      }),
      { numRuns: 1000 },
    );
  });

  it('A traceparent that was cut off or added to is invalid in version 00', () => {
    fc.assert(
      fc.property(
        traceparent,
        fc.nat({ max: 54 }),
        fc.string({ minLength: 1 }),
        (valid, at, more) => {
          const header = formatTraceparent(valid);
          expect(parseTraceparent(header.slice(0, at))).toBeTypeOf('string');
          expect(parseTraceparent(header + more)).toBeTypeOf('string');
        },
      ),
    );
  });
});
