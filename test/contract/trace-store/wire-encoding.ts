import type { Attributes, AttributeValue, HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** How a backend writes OTLP in JSON: Jaeger's v3 API, or the JSON of Protobuf as Tempo uses it. */
export type OtlpDialect = 'hex and numbers' | 'base64 and names';

const otlpKinds = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const otlpStatus = ['UNSET', 'OK', 'ERROR'];

/** Spans as a list of OTLP `ResourceSpans`. Values that are the default are left out, as Protobuf does. */
export function toResourceSpans(spans: readonly ReadableSpan[], dialect: OtlpDialect): object[] {
  const isNames = dialect === 'base64 and names';
  const id = (hex: string) => (isNames ? Buffer.from(hex, 'hex').toString('base64') : hex);
  return spans.map((span) => ({
    resource: { attributes: toKeyValues(span.resource.attributes) },
    scopeSpans: [
      {
        scope: { name: span.instrumentationScope.name },
        spans: [
          {
            traceId: id(span.spanContext().traceId),
            spanId: id(span.spanContext().spanId),
            ...(span.parentSpanContext && { parentSpanId: id(span.parentSpanContext.spanId) }),
            name: span.name,
            kind: isNames ? `SPAN_KIND_${otlpKinds[span.kind]}` : span.kind + 1,
            startTimeUnixNano: nanos(span.startTime),
            endTimeUnixNano: nanos(span.endTime),
            attributes: toKeyValues(span.attributes),
            events: span.events.map((it) => ({
              timeUnixNano: nanos(it.time),
              name: it.name,
              attributes: toKeyValues(it.attributes ?? {}),
            })),
            links: span.links.map((it) => ({
              traceId: id(it.context.traceId),
              spanId: id(it.context.spanId),
              attributes: toKeyValues(it.attributes ?? {}),
            })),
            status:
              span.status.code === 0
                ? {}
                : {
                    code: isNames
                      ? `STATUS_CODE_${otlpStatus[span.status.code]}`
                      : span.status.code,
                    ...(span.status.message && { message: span.status.message }),
                  },
          },
        ],
      },
    ],
  }));
}

export function serviceOf(span: ReadableSpan): string {
  return String(span.resource.attributes['service.name']);
}

export function durationMicros({ startTime, endTime }: ReadableSpan): number {
  return Math.floor((endTime[0] - startTime[0]) * 1_000_000 + (endTime[1] - startTime[1]) / 1000);
}

export function micros([seconds, nanos]: HrTime): number {
  return seconds * 1_000_000 + Math.floor(nanos / 1000);
}

function toKeyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: toAnyValue(value as AttributeValue),
  }));
}

function toAnyValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanos([seconds, nanos]: HrTime): string {
  return (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString();
}
