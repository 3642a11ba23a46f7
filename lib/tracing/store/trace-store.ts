import { meaningsOf, traceStoreCodes } from '../../kernel/errors/error-codes.js';
import type { StoredTrace } from './stored-trace.js';
import type { TraceQuery } from './trace-query.js';

/** Code of a {@link TraceStoreError}. */
export type TraceStoreErrorCode = keyof typeof traceStoreErrorCodes;

/** Codes of a {@link TraceStoreError} with their meanings. */
export const traceStoreErrorCodes = meaningsOf(traceStoreCodes);

/** Details of a {@link TraceStoreError}. */
export interface TraceStoreErrorDetails {
  /** Human-readable description. */
  readonly detail: string;
  /** HTTP status, with `OBS_TRACE_STORE_STATUS`. */
  readonly status?: number;
  /** Caught error. */
  readonly cause?: unknown;
}

/** Reason why a {@link TraceStore} has no result. Stores return it and never throw it. */
export class TraceStoreError extends Error {
  /** Identifies the error where classes are not available, such as in a log. */
  override readonly name = 'TraceStoreError';
  /** Stable code to match on. */
  readonly code: TraceStoreErrorCode;
  /** HTTP status, with `OBS_TRACE_STORE_STATUS` only. */
  readonly status: number | undefined;

  constructor(code: TraceStoreErrorCode, { detail, status, cause }: TraceStoreErrorDetails) {
    super(`${code}: ${traceStoreErrorCodes[code]} ${detail}`, { cause });
    this.code = code;
    this.status = status;
  }
}

/** Result, or the reason for its absence. */
export type TraceStoreResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TraceStoreError };

/**
 * Source of finished traces, of this process or of a tracing backend. No method ever throws or
 * rejects.
 *
 * @example
 * ```ts
 * import type { TraceStore } from '@eventcore/nestjs-observability/trace-stores';
 *
 * export async function slowOrders(traces: TraceStore) {
 *   const found = await traces.findTraces({ name: 'command PlaceOrder', minDurationMs: 250 });
 *   return found.ok ? found.value.map((it) => it.traceId) : found.error.code;
 * }
 * ```
 */
export interface TraceStore {
  /**
   * Returns the known spans of a trace; `undefined` without any.
   *
   * @param traceId - 32 hexadecimal digits; 16 are padded with zeros on the left.
   */
  getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>>;

  /**
   * Returns the matching traces, each with all its known spans; the newest first by {@link StoredTrace.startMs} unless
   * the query has another order.
   *
   * @param query - Omitted criteria match every trace.
   */
  findTraces(query?: TraceQuery): Promise<TraceStoreResult<readonly StoredTrace[]>>;
}

/**
 * Token of the application's `TraceStore`: that of the option `tracing.store`, else the in-memory
 * store of `startTelemetry({ traceStore: true })`. Without either, every result is an error
 * `OBS_TRACE_STORE_MISSING`.
 *
 * @example
 * ```ts
 * import { Controller, Get, Inject } from '@nestjs/common';
 * import { TRACE_STORE, type TraceStore } from '@eventcore/nestjs-observability/trace-stores';
 *
 * @Controller('slow-orders')
 * export class SlowOrdersController {
 *   constructor(@Inject(TRACE_STORE) private readonly traces: TraceStore) {}
 *
 *   @Get()
 *   async list() {
 *     const found = await this.traces.findTraces({ name: 'command PlaceOrder', minDurationMs: 250 });
 *     return found.ok ? found.value : { error: found.error.code };
 *   }
 * }
 * ```
 */
export const TRACE_STORE: unique symbol = Symbol.for('eventcore.trace-store') as never;

/** Placeholder without a configured store. Every result explains how to configure one. */
export class MissingTraceStore implements TraceStore {
  readonly #reason: string;

  /** @param reason - Reason for its absence. */
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
