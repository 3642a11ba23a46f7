import type { StoredTrace } from './stored-trace.js';
import type { TraceQuery } from './trace-query.js';

/** Every code a {@link TraceStoreError} can carry, with what it stands for. */
export const traceStoreErrorCodes = {
  OBS_TRACE_QUERY_INVALID: 'A trace id or a trace query breaks a rule.',
  OBS_TRACE_STORE_MISSING: 'The application has not chosen a trace store.',
  OBS_TRACE_STORE_TIMEOUT: 'The tracing backend did not answer in time.',
  OBS_TRACE_STORE_UNREACHABLE: 'The connection to the tracing backend failed.',
  OBS_TRACE_STORE_STATUS: 'The tracing backend answered with an HTTP status of failure.',
  OBS_TRACE_STORE_TOO_LARGE: 'The answer of the tracing backend is larger than allowed.',
  OBS_TRACE_STORE_MALFORMED: 'The answer of the tracing backend is not what its API promises.',
} as const;

/** The code of a {@link TraceStoreError}. */
export type TraceStoreErrorCode = keyof typeof traceStoreErrorCodes;

/** What more is known about a {@link TraceStoreError}. */
export interface TraceStoreErrorDetails {
  /** What happened, for people. */
  readonly detail: string;
  /** The HTTP status, with `OBS_TRACE_STORE_STATUS`. */
  readonly status?: number;
  /** What was caught. */
  readonly cause?: unknown;
}

/** Why a {@link TraceStore} has no answer. Stores return it; they do not throw it. */
export class TraceStoreError extends Error {
  /** Tells this error from others where classes do not, as in a log. */
  override readonly name = 'TraceStoreError';
  /** Stable code to match on. */
  readonly code: TraceStoreErrorCode;
  /** The HTTP status, with `OBS_TRACE_STORE_STATUS` only. */
  readonly status: number | undefined;

  constructor(code: TraceStoreErrorCode, { detail, status, cause }: TraceStoreErrorDetails) {
    super(`${code}: ${traceStoreErrorCodes[code]} ${detail}`, { cause });
    this.code = code;
    this.status = status;
  }
}

/** An answer, or the reason why there is none. */
export type TraceStoreResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: TraceStoreError };

/**
 * Finished traces to look at: of this process, or of a tracing backend. No method ever throws or rejects.
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

/**
 * Token of the `TraceStore` of the application: that of the option `tracing.store`, else the one in memory that
 * `startTelemetry({ traceStore: true })` made. Without either, every answer is an error `OBS_TRACE_STORE_MISSING`.
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
