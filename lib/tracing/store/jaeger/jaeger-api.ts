import type { Exchange, RemoteQuery, TraceApi } from '../remote/exchange.js';
import { asList, asObject, asText } from '../remote/json-value.js';
import { readOtlpSpans } from '../remote/stored-spans.format.js';
import type { StoredSpan } from '../stored-trace.js';
import { MAX_TRACE_LIMIT } from '../trace-query.js';
import { TraceStoreError } from '../trace-store.js';
import { goDuration } from '../unix-time.format.js';

const SERVICES = '/api/v3/services';
const TRACES = '/api/v3/traces';
const MAX_SERVICES = 50;
const CONCURRENT_REQUESTS = 4;
const OVERFETCH_FACTOR = 5;

/**
 * Stable HTTP API of Jaeger, with OTLP responses.
 * Source:
 * https://github.com/jaegertracing/jaeger-idl/blob/main/swagger/api_v3/query_service.openapi.yaml
 */
export const jaegerApi: TraceApi = {
  async getSpans(exchange, traceId) {
    return readSpans(await exchange.get(`${TRACES}/${traceId}`));
  },

  async findSpans(exchange, query) {
    if (query.service !== undefined) return searchService(exchange, query, query.service);
    // Jaeger's storages require a service.
    const waiting = (await listServices(exchange)).slice(0, MAX_SERVICES).values();
    const found: (readonly StoredSpan[])[] = [];
    const work = async () => {
      for (const service of waiting) found.push(await searchService(exchange, query, service));
    };
    await Promise.all(Array.from({ length: CONCURRENT_REQUESTS }, work));
    return found.flat();
  },
};

/** @throws TraceStoreError `OBS_TRACE_STORE_STATUS` for the status 404 */
async function listServices(exchange: Exchange): Promise<readonly string[]> {
  const answer = await exchange.get(SERVICES);
  if (answer !== undefined) {
    const { services } = asObject(answer, 'The answer');
    return asList(services, 'services').map((it) => asText(it, 'A service'));
  }
  const detail = `404 for ${SERVICES}: the option 'baseUrl' does not name a Jaeger with the API v3.`;
  throw new TraceStoreError('OBS_TRACE_STORE_STATUS', { detail, status: 404 });
}

async function searchService(
  exchange: Exchange,
  query: RemoteQuery,
  service: string,
): Promise<StoredSpan[]> {
  const { minDurationMs, maxDurationMs, searchFromMs } = query;
  // A Date has whole milliseconds, and the range must not be empty.
  const searchToMs = Math.max(Math.ceil(query.searchToMs), Math.floor(searchFromMs) + 1);
  const answer = await exchange.get(TRACES, {
    'query.service_name': service,
    'query.operation_name': query.name,
    'query.attributes': toJaegerAttributes(query),
    'query.duration_min': minDurationMs && goDuration(minDurationMs, Math.floor),
    'query.duration_max': maxDurationMs && goDuration(maxDurationMs, Math.ceil),
    'query.start_time_min': new Date(Math.floor(searchFromMs)).toISOString(),
    'query.start_time_max': new Date(searchToMs).toISOString(),
    'query.search_depth': toSearchDepth(query),
  });
  return readSpans(answer);
}

/** Attributes and status as Jaeger filters by them; it cannot filter by a status other than an error. */
function toJaegerAttributes({ attributes, status }: RemoteQuery): string | undefined {
  const entries = Object.entries(attributes ?? {}).map(([key, value]) => [key, String(value)]);
  if (status === 'error') entries.push(['error', 'true']);
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

/** Number of traces to request; more than the limit when the store itself filters some of them out. */
function toSearchDepth({ limit, status }: RemoteQuery): number {
  return status === 'ok' ? Math.min(MAX_TRACE_LIMIT, limit * OVERFETCH_FACTOR) : limit;
}

/** Jaeger answers 404 both for an unknown trace and for a search without results. */
function readSpans(answer: unknown): StoredSpan[] {
  if (answer === undefined) return [];
  return readOtlpSpans(asObject(answer, 'The answer')['result'] ?? {});
}
