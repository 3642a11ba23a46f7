import type { Exchange } from '../remote/exchange.js';
import { asId, asList, asObject } from '../remote/json-value.js';
import { readOtlpSpans } from '../remote/stored-spans.format.js';
import type { RemoteQuery, TraceApi } from '../remote/trace-api.js';
import type { StoredSpan } from '../stored-trace.js';
import { TraceStoreError } from '../trace-store-error.js';
import { formatTraceQl } from './traceql.format.js';

const CONCURRENT_REQUESTS = 4;

/**
 * The HTTP API of Grafana Tempo. A search answers with summaries, so each trace found is fetched.
 * Source: https://grafana.com/docs/tempo/latest/api_docs/
 */
export const tempoApi: TraceApi = {
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
