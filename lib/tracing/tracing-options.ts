import { group } from '../options/description.js';
import { ageMs, objectWith, OFF, wholeNumber } from '../options/standard-options.js';
import type { TraceStore } from './store/trace-store.js';

/** Options for handler spans. */
export interface TracingOptions {
  /**
   * Age limit in milliseconds, 0 or more. An older event is handled in a new trace with a link to
   * its producer. 0 always links. @defaultValue 120000
   */
  readonly ageLimitMs?: number;
  /** Maximum number of links per span, 0 to 128; an attribute counts omitted ones. @defaultValue 128 */
  readonly linkLimit?: number;
  /**
   * Trace store behind `TRACE_STORE`: a `JaegerTraceStore`, a `TempoTraceStore`, or your own.
   * @defaultValue the in-memory store of `startTelemetry({ traceStore: true })`, if enabled
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
