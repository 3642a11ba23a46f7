import { type Exchange, type RemoteQuery, type TraceApi } from '../remote/exchange.js';
import { asId, asList, asObject } from '../remote/json-value.js';
import {
  type RemoteTraceStoreOptions,
  toRemoteSettings,
} from '../remote/remote-trace-store-options.js';
import { RemoteTraceStore } from '../remote/remote-trace-store.js';
import { readOtlpSpans } from '../remote/stored-spans.format.js';
import type { StoredSpan, StoredTrace } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import { type TraceStore, TraceStoreError, type TraceStoreResult } from '../trace-store.js';
import { goDuration } from '../unix-time.format.js';

const PLAIN_NAME = /^[A-Za-z_][\w.\-/]*$/;

/**
 * Formats a query as one TraceQL spanset filter. Tempo takes the time range as a separate
 * parameter.
 * Source: https://grafana.com/docs/tempo/latest/traceql/construct-traceql-queries/
 */
export function formatTraceQl(query: TraceQuery): string {
  const { service, name, status, minDurationMs, maxDurationMs, attributes = {} } = query;
  const criteria = [
    service !== undefined && `resource.service.name = ${formatText(service)}`,
    name !== undefined && `name = ${formatText(name)}`,
    status !== undefined && (status === 'error' ? 'status = error' : 'status != error'),
    minDurationMs !== undefined && `duration >= ${goDuration(minDurationMs, Math.floor)}`,
    maxDurationMs !== undefined && `duration <= ${goDuration(maxDurationMs, Math.ceil)}`,
    ...Object.entries(attributes).map(
      ([key, value]) => `span.${formatName(key)} = ${formatValue(value)}`,
    ),
  ].filter((it) => it !== false);
  return criteria.length === 0 ? '{}' : `{ ${criteria.join(' && ')} }`;
}

/** Quotes names with other characters, where only these two escapes are valid. */
function formatName(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function formatValue(value: string | number | boolean): string {
  // String() is the only place that distinguishes -0 from 0.
  return typeof value === 'string' ? formatText(value) : String(value === 0 ? 0 : value);
}

/** Formats a TraceQL text. It is a Go string, which supports all JSON escapes except lone surrogates. */
function formatText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

const CONCURRENT_REQUESTS = 4;

/**
 * HTTP API of Grafana Tempo. A search returns summaries, so each trace is fetched separately.
 * Source: https://grafana.com/docs/tempo/latest/api_docs/
 */
const tempoApi: TraceApi = {
  async getSpans(exchange, traceId) {
    const answer = await exchange.get(`/api/traces/${traceId}`);
    return answer === undefined ? [] : readOtlpSpans(answer);
  },

  async findSpans(exchange, query) {
    const traceIds = await search(exchange, query);
    const found: (readonly StoredSpan[])[] = [];
    const waiting = traceIds.values();
    const work = async () => {
      for (const traceId of waiting) found.push(await tempoApi.getSpans(exchange, traceId));
    };
    await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, work));
    return found.flat();
  },
};

async function search(exchange: Exchange, query: RemoteQuery): Promise<string[]> {
  const start = Math.floor(query.searchFromMs / 1000);
  const answer = await exchange.get('/api/search', {
    q: formatTraceQl(query),
    start,
    // Whole seconds; Tempo rejects an empty range.
    end: Math.max(start + 1, Math.ceil(query.searchToMs / 1000)),
    limit: query.limit,
  });
  if (answer === undefined) {
    const detail = '404 for /api/search: this is not the address of Tempo.';
    throw new TraceStoreError('OBS_TRACE_STORE_STATUS', { detail, status: 404 });
  }
  const traces = asList(asObject(answer, 'The answer')['traces'], 'traces');
  // Limits the number of subsequent requests.
  return traces.slice(0, query.limit).map((it) => asId(asObject(it, 'A trace')['traceID'], 32));
}

/** Connection to Tempo, usually on port 3200. Pass a tenant in `headers` as `X-Scope-OrgID`. */
export type TempoTraceStoreOptions = RemoteTraceStoreOptions;

/**
 * Trace store that queries Grafana Tempo 2.0 or later with TraceQL. Tempo ends a search at the
 * first matches. If more traces match than the limit, the result may not contain the newest ones,
 * but it is sorted.
 *
 * @example
 * ```ts
 * import { TempoTraceStore } from '@eventcore/nestjs-observability/trace-stores';
 *
 * export const traces = new TempoTraceStore({
 *   baseUrl: 'http://tempo:3200',
 *   headers: { 'X-Scope-OrgID': 'shop' },
 * });
 * ```
 */
export class TempoTraceStore implements TraceStore {
  readonly #remote: RemoteTraceStore;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: TempoTraceStoreOptions) {
    this.#remote = new RemoteTraceStore(toRemoteSettings('TempoTraceStore', options), tempoApi);
  }

  /** {@inheritDoc TraceStore.getTrace} */
  getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>> {
    return this.#remote.getTrace(traceId);
  }

  /** {@inheritDoc TraceStore.findTraces} */
  findTraces(query?: TraceQuery): Promise<TraceStoreResult<readonly StoredTrace[]>> {
    return this.#remote.findTraces(query);
  }
}
