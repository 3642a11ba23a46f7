import type { TraceStore, TraceStoreResult } from './trace-store.js';
import { TraceStoreError } from './trace-store-error.js';

/** Stands in for the store that nobody has chosen: every answer says how to choose one. */
export class MissingTraceStore implements TraceStore {
  readonly #reason: string;

  /** @param reason - Why there is none. */
  constructor(reason: string) {
    this.#reason = reason;
  }

  /** {@inheritDoc TraceStore.getTrace} */
  getTrace(): Promise<TraceStoreResult<never>> {
    return this.#answer();
  }

  /** {@inheritDoc TraceStore.findTraces} */
  findTraces(): Promise<TraceStoreResult<never>> {
    return this.#answer();
  }

  #answer(): Promise<TraceStoreResult<never>> {
    const remedy =
      'Call startTelemetry({ traceStore: true }), or pass tracing.store to ObservabilityModule.';
    const detail = `${this.#reason} ${remedy}`;
    const error = new TraceStoreError('OBS_TRACE_STORE_MISSING', { detail });
    return Promise.resolve({ ok: false, error });
  }
}
