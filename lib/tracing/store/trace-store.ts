import type { StoredTrace } from './stored-trace.js';
import type { TraceQuery } from './trace-query.js';
import type { TraceStoreError } from './trace-store-error.js';

/** An answer, or the reason why there is none. */
export type TraceStoreResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TraceStoreError };

/**
 * Finished traces to look at: of this process, or of a tracing backend. No method ever throws or rejects.
 *
 * @example
 * ```ts
 * import type { TraceStore } from '@eventcore/nestjs-observability/tracing';
 *
 * export async function slowOrders(traces: TraceStore) {
 *   const found = await traces.findTraces({ name: 'command PlaceOrder', minDurationMs: 250 });
 *   return found.ok ? found.value.map((it) => it.traceId) : found.error.code;
 * }
 * ```
 */
export interface TraceStore {
  /**
   * The trace with this id as far as the store knows it, `undefined` when it knows no span of it.
   *
   * @param traceId - 32 hexadecimal digits; 16 are filled up with zeros on the left.
   */
  getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>>;

  /**
   * The traces that match, newest first by {@link StoredTrace.startMs}, each with all its known spans.
   *
   * @param query - Everything that is left out matches everything.
   */
  findTraces(query?: TraceQuery): Promise<TraceStoreResult<readonly StoredTrace[]>>;
}
