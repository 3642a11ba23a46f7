/** The finest resolution: a bucket is 0.00007 % wide. */
export const MAX_SCALE = 20;

const MIN_NORMAL = 2 ** -1022;

/**
 * The bucket of a value: the index `i` with `base ** i < value <= base ** (i + 1)`. Powers of two are exact; near another
 * bound the neighbour may be found, as the specification allows. What is smaller than the smallest normal number counts as
 * that one: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 *
 * @param value - Above 0 and finite.
 * @param scale - -10 to 20.
 */
export function exponentialIndex(value: number, scale: number): number {
  const normal = Math.max(value, MIN_NORMAL);
  const exponent = floorLog2(normal);
  const power = 2 ** exponent;
  // Upper bounds are inclusive: a power of two is the last value of the bucket below it.
  if (normal === power) return scale > 0 ? exponent * 2 ** scale - 1 : (exponent - 1) >> -scale;
  if (scale <= 0) return exponent >> -scale;
  const perOctave = 2 ** scale;
  const within = Math.floor(Math.log2(normal / power) * perOctave);
  return exponent * perOctave + Math.min(within, perOctave - 1);
}

/** Exact, unlike the logarithm, which rounds up just below a power of two. */
function floorLog2(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return 2 ** exponent > value ? exponent - 1 : exponent;
}
