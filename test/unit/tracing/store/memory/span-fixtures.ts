import type { EndedSpan } from '../../../../../lib/tracing/store/memory/span-copy.js';

/** What a test says about a span; the rest is made up. */
export interface SpanParts extends Partial<Omit<EndedSpan, 'resource'>> {
  readonly trace: string | number;
  readonly id?: string | number;
  readonly parent?: string | number;
  /** Milliseconds after 1970, below one second. */
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly service?: string;
  readonly sampled?: boolean;
}

/** A span as the SDK would hand it over, without the SDK. */
export function endedSpan(parts: SpanParts): EndedSpan {
  const { trace, id = 1, parent, startMs = 0, durationMs = 0, service, sampled, ...rest } = parts;
  const contextOf = (spanId: string | number) => ({
    traceId: String(trace).padStart(32, '0'),
    spanId: String(spanId).padStart(16, '0'),
    traceFlags: sampled === false ? 0 : 1,
  });
  const context = contextOf(id);
  return {
    name: 'work',
    kind: 0,
    spanContext: () => context,
    ...(parent !== undefined && { parentSpanContext: contextOf(parent) }),
    startTime: hrTime(startMs),
    endTime: hrTime(startMs + durationMs),
    status: { code: 0 },
    attributes: {},
    links: [],
    events: [],
    resource: { attributes: service === undefined ? {} : { 'service.name': service } },
    ...rest,
  };
}

/** The id of a trace that a test calls by a short name of hexadecimal digits. */
export function traceIdOf(trace: string | number): string {
  return String(trace).padStart(32, '0');
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
