import { group } from '../options/description.js';
import { ageMs, objectWith, OFF, wholeNumber } from '../options/standard-options.js';
import type { TraceStore } from './store/trace-store.js';

/** Spans of handlers. */
export interface TracingOptions {
  /**
   * Age in milliseconds from which an event is handled in a trace that is linked to its producer's, 0 or more; 0 links
   * always. @defaultValue 120000
   */
  readonly ageLimitMs?: number;
  /** Links of one span, 0 to 128; an attribute tells how many were left out. @defaultValue 128 */
  readonly linkLimit?: number;
  /**
   * Where `TRACE_STORE` looks traces up: a `JaegerTraceStore`, a `TempoTraceStore`, or one of your own.
   * @defaultValue the one in memory that `startTelemetry` was asked for
   */
  readonly store?: TraceStore;
}

/** Description of {@link TracingOptions}. */
export const tracingOptions = group<TracingOptions>(
  {
    ageLimitMs: ageMs(),
    linkLimit: wholeNumber(0, 128),
    store: objectWith(
      ['getTrace', 'findTraces'],
      'Pass a JaegerTraceStore, a TempoTraceStore, or leave the option out.',
    ),
  },
  { rule: 'an object or false', remedy: 'Pass options of spans, or false for none.', or: OFF },
);
