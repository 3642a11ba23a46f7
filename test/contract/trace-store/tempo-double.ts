import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { type HttpDouble, Refusal, startHttpDouble } from './http-double.js';
import { durationMicros, micros, serviceOf, toResourceSpans } from './wire-encoding.js';

type Criterion = (span: ReadableSpan) => boolean;

/** Tempo's search and traces by id, over these spans. */
export function startTempoDouble(spans: readonly ReadableSpan[]): Promise<HttpDouble> {
  return startHttpDouble(({ pathname, searchParams }) => {
    if (pathname === '/api/search') return search(spans, searchParams);
    const id = pathname.replace('/api/traces/', '');
    const trace = spans.filter((it) => it.spanContext().traceId === id);
    return trace.length === 0
      ? new Refusal(404)
      : { batches: toResourceSpans(trace, 'base64 and names') };
  });
}

function search(spans: readonly ReadableSpan[], parameters: URLSearchParams): unknown {
  const [start, end] = [Number(parameters.get('start')), Number(parameters.get('end'))];
  if (!(end > start)) return new Refusal(400, 'http parameter start must be before end');
  const criteria = parseTraceQl(parameters.get('q') ?? '');
  if (criteria === undefined) return new Refusal(400, 'parse error');
  const found = spans.filter((it) => {
    const startSeconds = micros(it.startTime) / 1_000_000;
    return startSeconds >= start && startSeconds <= end && criteria.every((meets) => meets(it));
  });
  // Tempo promises no order; this is the one that tells if somebody relies on it.
  const traceIds = [...new Set(found.map((it) => it.spanContext().traceId))].toReversed();
  return {
    traces: traceIds.slice(0, Number(parameters.get('limit'))).map((it) => ({
      traceID: it.replace(/^0+/, ''),
      rootServiceName: '<root span not yet received>',
      startTimeUnixNano: '0',
      durationMs: 1,
    })),
    metrics: { totalBlocks: 1 },
  };
}

const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
const CRITERION = new RegExp(
  String.raw`\s*(span\.(?:${TEXT}|[^\s=<>!"]+)|resource\.service\.name|name|status|duration)\s*(=|!=|>=|<=)\s*(${TEXT}|[^\s"]+)\s*(&&|$)`,
  'y',
);

/** The one filter that the store writes; `undefined` for what is no such filter. */
function parseTraceQl(query: string): Criterion[] | undefined {
  const inner = /^\{(.*)\}$/s.exec(query)?.[1];
  if (inner === undefined) return undefined;
  const criteria: Criterion[] = [];
  CRITERION.lastIndex = 0;
  while (inner.trim() !== '') {
    const at = CRITERION.lastIndex;
    const [, field = '', operator = '', value = '', joint] = CRITERION.exec(inner) ?? [];
    if (field === '') return at === inner.length ? criteria : undefined;
    criteria.push(toCriterion(field, operator, value));
    if (joint === '') return criteria;
  }
  return criteria;
}

function toCriterion(field: string, operator: string, value: string): Criterion {
  const literal: unknown = /^("|true$|false$|-?\d[\d.e+-]*$)/.test(value)
    ? JSON.parse(value)
    : value;
  if (field === 'resource.service.name') return (it) => serviceOf(it) === literal;
  if (field === 'name') return (it) => it.name === literal;
  if (field === 'status') return (it) => (it.status.code === 2) === (operator === '=');
  if (field === 'duration') {
    const limit = Number(/^(\d+)us$/.exec(value)?.[1]);
    return (it) => (operator === '>=' ? durationMicros(it) >= limit : durationMicros(it) <= limit);
  }
  const quoted = field.slice('span.'.length);
  const name = quoted.startsWith('"') ? (JSON.parse(quoted) as string) : quoted;
  return (it) => it.attributes[name] === literal;
}
