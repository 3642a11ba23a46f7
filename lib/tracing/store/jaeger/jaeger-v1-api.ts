import { type TraceApi } from '../remote/exchange.js';
import { asList, asObject, asText } from '../remote/json-value.js';
import { goDuration } from '../unix-time.format.js';
import { readJaegerSpans } from './jaeger-json.format.js';
import { getExisting, searchServices, toJaegerTags, toSearchDepth } from './jaeger-search.js';

/**
 * The HTTP API that Jaeger's own page used up to version 2.20: `/api/traces`, `/api/services`.
 * Source: https://www.jaegertracing.io/docs/1.76/architecture/apis/#internal-http-json
 */
export const jaegerV1Api: TraceApi = {
  async getSpans(exchange, traceId) {
    const answer = await exchange.get(`/api/traces/${traceId}`);
    return answer === undefined ? [] : readJaegerSpans(answer);
  },

  findSpans(exchange, query) {
    const { minDurationMs, maxDurationMs } = query;
    const list = async () => {
      const answer = asObject(await getExisting(exchange, '/api/services'), 'The answer');
      return asList(answer['data'], 'data').map((it) => asText(it, 'A service'));
    };
    return searchServices(query, list, async (service) => {
      const answer = await getExisting(exchange, '/api/traces', {
        service,
        operation: query.name,
        tags: toJaegerTags(query),
        minDuration: minDurationMs && goDuration(minDurationMs, Math.floor),
        maxDuration: maxDurationMs && goDuration(maxDurationMs, Math.ceil),
        start: Math.floor(query.searchFromMs * 1000),
        end: Math.ceil(query.searchToMs * 1000),
        limit: toSearchDepth(query),
      });
      return readJaegerSpans(answer);
    });
  },
};
