/** The finest resolution: a bucket is 0.00007 % wide. */
export const MAX_SCALE = 20;

const BIAS = 1023;
const MIN_EXPONENT = -1022;

// A number and its bits, only within a call: memory of its own for each would cost more than the logarithm.
const number = new Float64Array(1);
const bits = new Uint32Array(number.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const LOW = 1 - HIGH;

/**
 * The bucket of a value: the index `i` with `base ** i < value <= base ** (i + 1)`. Powers of two are exact; near another
 * bound the neighbour may be found, as the specification allows. What is smaller than the smallest normal number counts as
 * that one: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 *
 * @param value - Above 0 and finite.
 * @param scale - -10 to 20.
 */
export function exponentialIndex(value: number, scale: number): number {
  number[0] = value;
  const high = bits[HIGH]!;
  const fraction = high & 0xfffff;
  const isNormal = high >= 0x100000;
  const exponent = isNormal ? (high >>> 20) - BIAS : MIN_EXPONENT;
  // Upper bounds are inclusive: a power of two is the last value of the bucket below it.
  if (!isNormal || (fraction === 0 && bits[LOW] === 0)) {
    return scale > 0 ? exponent * 2 ** scale - 1 : (exponent - 1) >> -scale;
  }
  if (scale <= 0) return exponent >> -scale;
  // The value between 1 and 2 that has these digits.
  bits[HIGH] = (BIAS << 20) | fraction;
  const perOctave = 1 << scale;
  const within = Math.floor(Math.log2(number[0]) * perOctave);
  return exponent * perOctave + Math.min(within, perOctave - 1);
}
