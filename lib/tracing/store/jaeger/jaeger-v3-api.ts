import { type TraceApi } from '../remote/exchange.js';
import { asList, asObject, asText } from '../remote/json-value.js';
import { readOtlpSpans } from '../remote/stored-spans.format.js';
import type { StoredSpan } from '../stored-trace.js';
import { goDuration } from '../unix-time.format.js';
import { getExisting, searchServices, toJaegerTags, toSearchDepth } from './jaeger-search.js';

/**
 * The HTTP API that Jaeger promises to keep: `/api/v3/traces`, `/api/v3/services`, answers in OTLP.
 * Source: https://github.com/jaegertracing/jaeger-idl/blob/main/swagger/api_v3/query_service.openapi.yaml
 */
export const jaegerV3Api: TraceApi = {
  async getSpans(exchange, traceId) {
    return readSpans(await exchange.get(`/api/v3/traces/${traceId}`));
  },

  findSpans(exchange, query) {
    const { minDurationMs, maxDurationMs, searchFromMs } = query;
    const list = async () => {
      const answer = asObject(await getExisting(exchange, '/api/v3/services'), 'The answer');
      return asList(answer['services'], 'services').map((it) => asText(it, 'A service'));
    };
    // Milliseconds are all that a Date has; the range must not be empty.
    const searchToMs = Math.max(Math.ceil(query.searchToMs), Math.floor(searchFromMs) + 1);
    return searchServices(query, list, async (service) => {
      const answer = await exchange.get('/api/v3/traces', {
        'query.service_name': service,
        'query.operation_name': query.name,
        'query.attributes': toJaegerTags(query),
        'query.duration_min': minDurationMs && goDuration(minDurationMs, Math.floor),
        'query.duration_max': maxDurationMs && goDuration(maxDurationMs, Math.ceil),
        'query.start_time_min': new Date(Math.floor(searchFromMs)).toISOString(),
        'query.start_time_max': new Date(searchToMs).toISOString(),
        'query.search_depth': toSearchDepth(query),
      });
      return readSpans(answer);
    });
  },
};

/** It answers 404 both for a trace that it does not know and for a search that finds nothing. */
function readSpans(answer: unknown): StoredSpan[] {
  if (answer === undefined) return [];
  return readOtlpSpans(asObject(answer, 'The answer')['result'] ?? {});
}
