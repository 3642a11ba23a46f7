import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type HttpDouble, Refusal, startHttpDouble } from './http-double.js';
import { durationMicros, micros, serviceOf, toResourceSpans } from './wire-encoding.js';

/** What a search of Jaeger filters by. */
interface JaegerSearch {
  readonly service: string | null;
  readonly operation: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly minMicros: number;
  readonly maxMicros: number;
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly limit: number;
}

/** Jaeger's query service with its HTTP API v3, over these spans. */
export function startJaegerDouble(spans: readonly ReadableSpan[]): Promise<HttpDouble> {
  const services = [...new Set(spans.map(serviceOf))];
  return startHttpDouble(({ pathname, searchParams }) => {
    const id = pathname.split('/').at(-1)?.padStart(32, '0');
    const trace = spans.filter((it) => it.spanContext().traceId === id);
    if (pathname === '/api/v3/services') return { services };
    if (pathname === '/api/v3/traces') return answerWith(find(spans, parse(searchParams)).flat());
    if (pathname.startsWith('/api/v3/traces/')) return answerWith(trace);
    return new Refusal(404, 'page not found');
  });
}

function find(spans: readonly ReadableSpan[], search: JaegerSearch): ReadableSpan[][] {
  const traceIds = spans
    .filter((it) => matches(it, search))
    .toSorted((a, b) => micros(b.startTime) - micros(a.startTime))
    .map((it) => it.spanContext().traceId);
  return [...new Set(traceIds)]
    .slice(0, search.limit)
    .map((id) => spans.filter((it) => it.spanContext().traceId === id));
}

/** One span has to meet everything; tags are compared as texts. */
function matches(span: ReadableSpan, search: JaegerSearch): boolean {
  const start = micros(span.startTime);
  const duration = durationMicros(span);
  return (
    (search.service === null || serviceOf(span) === search.service) &&
    (search.operation === null || span.name === search.operation) &&
    start >= search.fromMicros &&
    start <= search.toMicros &&
    duration >= search.minMicros &&
    duration <= search.maxMicros &&
    Object.entries(search.tags).every(([key, value]) =>
      key === 'error'
        ? String(span.status.code === 2) === value
        : String(span.attributes[key]) === value,
    )
  );
}

function parse(parameters: URLSearchParams): JaegerSearch {
  const get = (name: string) => parameters.get(`query.${name}`);
  return {
    service: get('service_name'),
    operation: get('operation_name'),
    tags: JSON.parse(get('attributes') ?? '{}') as Record<string, string>,
    minMicros: goMicros(get('duration_min')) ?? 0,
    maxMicros: goMicros(get('duration_max')) ?? Infinity,
    fromMicros: Date.parse(get('start_time_min') ?? '') * 1000,
    toMicros: Date.parse(get('start_time_max') ?? '') * 1000,
    limit: Number(get('search_depth')),
  };
}

function goMicros(duration: string | null): number | undefined {
  return duration === null ? undefined : Number(/^(\d+)(?:us)?$/.exec(duration)?.[1]);
}

function answerWith(spans: readonly ReadableSpan[]): unknown {
  return spans.length === 0
    ? new Refusal(404, JSON.stringify({ error: { httpCode: 404, message: 'No traces found' } }))
    : { result: { resourceSpans: toResourceSpans(spans, 'hex and numbers') } };
}
