import type { StoredSpan, StoredTrace } from '../stored-trace.js';
import { assembleTrace } from '../trace-assembly.js';
import { toTraceId, traceQueryProblem } from '../trace-query-rules.js';
import { DEFAULT_TRACE_LIMIT, selectTraces, type TraceQuery } from '../trace-query.js';
import { type TraceStore, TraceStoreError, type TraceStoreResult } from '../trace-store.js';
import { Exchange, type RemoteQuery, type TraceApi } from './exchange.js';
import type { RemoteSettings } from './remote-trace-store-options.js';

/** Trace store that queries the HTTP API of a tracing backend. */
export class RemoteTraceStore implements TraceStore {
  readonly #settings: RemoteSettings;
  readonly #api: TraceApi;

  constructor(settings: RemoteSettings, api: TraceApi) {
    this.#settings = settings;
    this.#api = api;
  }

  /** {@inheritDoc TraceStore.getTrace} */
  async getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>> {
    const id = toTraceId(traceId);
    if (typeof id !== 'string') return { ok: false, error: id };
    return this.#answer(async (exchange) => {
      const spans = await this.#api.getSpans(exchange, id);
      return tracesOf(spans).find((it) => it.traceId === id);
    });
  }

  /** {@inheritDoc TraceStore.findTraces} */
  async findTraces(query: TraceQuery = {}): Promise<TraceStoreResult<readonly StoredTrace[]>> {
    const error = traceQueryProblem(query);
    if (error !== undefined) return { ok: false, error };
    return this.#answer(async (exchange) => {
      const spans = await this.#api.findSpans(exchange, this.#toRemoteQuery(query));
      return Object.freeze(selectTraces(tracesOf(spans), query));
    });
  }

  #toRemoteQuery(query: TraceQuery): RemoteQuery {
    const { clock, lookbackMs } = this.#settings;
    const searchToMs = query.toMs ?? Math.max(clock.wallMs(), query.fromMs ?? 0);
    const searchFromMs = query.fromMs ?? Math.max(0, searchToMs - lookbackMs);
    return { ...query, limit: query.limit ?? DEFAULT_TRACE_LIMIT, searchFromMs, searchToMs };
  }

  async #answer<T>(ask: (exchange: Exchange) => Promise<T>): Promise<TraceStoreResult<T>> {
    const exchange = new Exchange(this.#settings);
    try {
      return { ok: true, value: await ask(exchange) };
    } catch (error) {
      return { ok: false, error: toTraceStoreError(error) };
    } finally {
      exchange.close();
    }
  }
}

/** Converts any other error, which only an invalid response can cause. */
function toTraceStoreError(cause: unknown): TraceStoreError {
  if (cause instanceof TraceStoreError) return cause;
  const detail = cause instanceof Error ? cause.message : '';
  return new TraceStoreError('OBS_TRACE_STORE_MALFORMED', { detail, cause });
}

function tracesOf(spans: readonly StoredSpan[]): StoredTrace[] {
  const byTrace = new Map<string, Map<string, StoredSpan>>();
  for (const span of spans) {
    const known = byTrace.get(span.traceId) ?? new Map<string, StoredSpan>();
    byTrace.set(span.traceId, known.set(span.spanId, span));
  }
  return [...byTrace].map(([traceId, known]) => assembleTrace(traceId, [...known.values()]));
}
