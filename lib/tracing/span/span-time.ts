import type { HrTime, Span } from '@opentelemetry/api';

const NS_PER_SECOND = 1_000_000_000;

/**
 * When a span ends that lasts for so many seconds, in the time that its SDK started it with: without it an SDK reads the
 * clock once more. `undefined` leaves the end to the SDK, which may keep its start to itself.
 */
export function endTimeOf(span: Span, seconds: number): HrTime | undefined {
  const { startTime } = span as Span & { readonly startTime?: HrTime };
  if (!Array.isArray(startTime) || !(seconds >= 0)) return undefined;
  const ns = startTime[1] + Math.round(seconds * NS_PER_SECOND);
  const carried = Math.floor(ns / NS_PER_SECOND);
  return [startTime[0] + carried, ns - carried * NS_PER_SECOND];
}
