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
 * The query as one TraceQL spanset filter. The range of time is no part of it: Tempo takes that beside the query.
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

/** Names with other characters are quoted; only these two escapes are allowed there. */
function formatName(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function formatValue(value: string | number | boolean): string {
  // -0 is 0 for everybody but String().
  return typeof value === 'string' ? formatText(value) : String(value === 0 ? 0 : value);
}

/** A text of TraceQL is one of Go, which knows all escapes of JSON but those of lone surrogates. */
function formatText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

const CONCURRENT_REQUESTS = 4;

/**
 * The HTTP API of Grafana Tempo. A search answers with summaries, so each trace found is fetched.
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
    // Whole seconds, and Tempo refuses a range that ends where it begins.
    end: Math.max(start + 1, Math.ceil(query.searchToMs / 1000)),
    limit: query.limit,
  });
  if (answer === undefined) {
    const detail = '404 for /api/search: this is not the address of Tempo.';
    throw new TraceStoreError('OBS_TRACE_STORE_STATUS', { detail, status: 404 });
  }
  const traces = asList(asObject(answer, 'The answer')['traces'], 'traces');
  // More than asked for would make more requests than asked for.
  return traces.slice(0, query.limit).map((it) => asId(asObject(it, 'A trace')['traceID'], 32));
}

/** How to reach Tempo, usually on port 3200; a tenant goes into `headers` as `X-Scope-OrgID`. */
export type TempoTraceStoreOptions = RemoteTraceStoreOptions;

/**
 * The traces in Grafana Tempo, 2.0 or later, asked with TraceQL. Tempo stops a search at the first traces that it finds:
 * when more match than the limit, they need not be the newest, though the answer is in order.
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
