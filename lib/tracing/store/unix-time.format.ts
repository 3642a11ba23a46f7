/**
 * When something began and how long it took. All stores use whole microseconds, cut and not rounded: that is what Jaeger
 * keeps, and a Unix time in milliseconds has no digits left for more.
 */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
}

const NANOS_PER_MICRO = 1000n;

/** From whole microseconds, with an end that cannot be before the start. */
function timeSpanOfMicros(startMicros: number, durationMicros: number): TimeSpan {
  const duration = Math.max(0, durationMicros);
  return {
    startMs: startMicros / 1000,
    endMs: (startMicros + duration) / 1000,
    durationMs: duration / 1000,
  };
}

/** From seconds and nanoseconds, as the SDK has them. */
export function timeSpanOfHrTimes(start: readonly number[], end: readonly number[]): TimeSpan {
  const [startSeconds = 0, startNanos = 0] = start;
  const [endSeconds = 0, endNanos = 0] = end;
  const duration = (endSeconds - startSeconds) * 1_000_000 + (endNanos - startNanos) / 1000;
  return timeSpanOfMicros(microsOfHrTime(start), Math.floor(duration));
}

/** Unix milliseconds of seconds and nanoseconds. */
export function msOfHrTime(time: readonly number[]): number {
  return microsOfHrTime(time) / 1000;
}

/** From Unix nanoseconds, as OTLP writes them. @throws SyntaxError for what is no whole number. */
export function timeSpanOfNanos(start: string | number, end: string | number): TimeSpan {
  const startNanos = BigInt(start);
  return timeSpanOfMicros(wholeMicros(startNanos), wholeMicros(BigInt(end) - startNanos));
}

/** Unix milliseconds of Unix nanoseconds. @throws SyntaxError for what is no whole number. */
export function msOfNanos(nanos: string | number): number {
  return wholeMicros(BigInt(nanos)) / 1000;
}

// 64 bits of nanoseconds are what Go has for a duration.
const MAX_GO_MICROS = 9_000_000_000_000_000;

/** A duration as Go reads it, rounded to whole microseconds and at most 285 years. */
export function goDuration(ms: number, round: (value: number) => number): string {
  return `${Math.min(round(ms * 1000), MAX_GO_MICROS)}us`;
}

function microsOfHrTime([seconds = 0, nanos = 0]: readonly number[]): number {
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

function wholeMicros(nanos: bigint): number {
  // The range of 64 bits; anything beyond is no time of any span.
  return Number(BigInt.asIntN(64, nanos) / NANOS_PER_MICRO);
}
