import type { Span } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { endTimeOf } from '../../../../lib/tracing/span/call-span.js';

const spanFrom = (startTime: unknown) => ({ startTime }) as unknown as Span;

describe('the end of a span', () => {
  it.each([
    [[100, 0], 0, [100, 0]],
    [[100, 999_999_999], 0.000_000_001, [101, 0]],
    [[100, 900_000_000], 0.25, [101, 150_000_000]],
    [[100, 5], 3600, [3700, 5]],
  ])('The end of a span is its start %j and %d seconds', (start, seconds, end) => {
    expect(endTimeOf(spanFrom(start), seconds)).toEqual(end);
  });

  it('The end of a span is left to an SDK that does not tell the start', () => {
    expect(endTimeOf(spanFrom(undefined), 1)).toBe(undefined);
  });

  it.each([Number.NaN, -1])(
    'The end of a span is left to the SDK when the clock failed: %d',
    (seconds) => {
      expect(endTimeOf(spanFrom([1, 0]), seconds)).toBe(undefined);
    },
  );
});
