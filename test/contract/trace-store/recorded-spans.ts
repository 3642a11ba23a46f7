import {
  type Attributes,
  type HrTime,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** Unix seconds; all spans start some microseconds later. */
export const BASE_SECONDS = 1_767_225_600;
export const BASE_MS = BASE_SECONDS * 1000;

/** One span as the test means it, in microseconds after {@link BASE_MS}. */
export interface Recorded {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMicros: number;
  readonly durationMicros: number;
  readonly attributes?: Attributes;
  readonly status?: { readonly code: SpanStatusCode; readonly message?: string };
  readonly event?: { readonly name: string; readonly atMicros: number; readonly of: Attributes };
  readonly link?: { readonly traceId: string; readonly spanId: string; readonly of: Attributes };
}

export const ids = {
  order: '4bf92f3577b34da6a3ce929d0e0e4736',
  /** Leading zeros, which Tempo leaves out and Jaeger cuts to half. */
  refused: '00000000000000000af7651916cd43dd',
  rebuild: 'cccccccccccccccccccccccccccccccc',
  orphan: 'dddddddddddddddddddddddddddddddd',
} as const;

const SECOND = 1_000_000;

/** Four traces, oldest first: rebuild, orphan, refused, order. */
export const recorded: readonly Recorded[] = [
  {
    service: 'projector',
    traceId: ids.rebuild,
    spanId: '00000000000000c1',
    name: 'projection OrderTotals',
    kind: SpanKind.CONSUMER,
    startMicros: 1 * SECOND,
    durationMicros: 2 * SECOND,
    attributes: { 'projection.mode': 'rebuild', 'event.types': ['OrderPlaced', 'OrderPaid'] },
    link: { traceId: ids.order, spanId: '00f067aa0ba902b7', of: { 'link.reason': 'batch' } },
  },
  {
    service: 'projector',
    traceId: ids.orphan,
    spanId: 'd1d1d1d1d1d1d1d1',
    parentSpanId: '0d0d0d0d0d0d0d0d',
    name: 'projection "quoted" \\ {odd} && ünïcode',
    kind: SpanKind.CONSUMER,
    startMicros: 10 * SECOND,
    durationMicros: 1500,
    attributes: {
      'odd "key" \\ with space': 'say "hi" && } { \\ \n ☃',
      ratio: 0.25,
      skipped: false,
    },
  },
  {
    service: 'shop',
    traceId: ids.refused,
    spanId: '000000000000000b',
    name: 'command PlaceOrder',
    kind: SpanKind.INTERNAL,
    startMicros: 20 * SECOND + 7,
    durationMicros: 250_000,
    attributes: { 'command.type': 'PlaceOrder', 'command.success': false, 'events.count': 0 },
    status: { code: SpanStatusCode.ERROR, message: 'out of stock' },
    event: {
      name: 'exception',
      atMicros: 20 * SECOND + 249_000,
      of: { 'exception.type': 'OutOfStock', 'exception.message': 'none left' },
    },
  },
  {
    service: 'shop',
    traceId: ids.order,
    spanId: 'a000000000000001',
    name: 'POST /orders',
    kind: SpanKind.SERVER,
    startMicros: 30 * SECOND,
    durationMicros: 120_500,
    attributes: { 'http.route': '/orders', 'http.response.status_code': 201 },
    status: { code: SpanStatusCode.OK },
  },
  {
    service: 'shop',
    traceId: ids.order,
    spanId: '00f067aa0ba902b7',
    parentSpanId: 'a000000000000001',
    name: 'command PlaceOrder',
    kind: SpanKind.INTERNAL,
    startMicros: 30 * SECOND + 1001,
    durationMicros: 100_000,
    attributes: { 'command.type': 'PlaceOrder', 'command.success': true, 'events.count': 2 },
  },
  {
    service: 'shop',
    traceId: ids.order,
    spanId: 'a000000000000003',
    parentSpanId: '00f067aa0ba902b7',
    name: 'event_store append',
    kind: SpanKind.CLIENT,
    startMicros: 30 * SECOND + 2000,
    durationMicros: 90_001,
    attributes: { 'event_store.operation': 'append' },
  },
  {
    service: 'projector',
    traceId: ids.order,
    spanId: 'a000000000000004',
    parentSpanId: 'a000000000000003',
    name: 'projection OrderTotals',
    kind: SpanKind.CONSUMER,
    startMicros: 30 * SECOND + 95_000,
    durationMicros: 0,
    attributes: { 'projection.mode': 'live' },
  },
];

/** Lets the real SDK record the spans; each processor sees every one of them. */
export function recordSpans(...processors: readonly SpanProcessor[]): void {
  const next = { traceId: '', spanId: '' };
  const providers = new Map<string, BasicTracerProvider>();
  for (const span of recorded) {
    const known = providers.get(span.service);
    const provider = known ?? providerOf(span.service, next, processors);
    providers.set(span.service, provider);
    Object.assign(next, { traceId: span.traceId, spanId: span.spanId });
    recordSpan(provider, span);
  }
}

/** The spans as the SDK hands them to an exporter. */
export function readableSpans(): readonly ReadableSpan[] {
  const spans: ReadableSpan[] = [];
  recordSpans({
    onStart: () => undefined,
    onEnd: (span) => void spans.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  });
  return spans;
}

function providerOf(
  service: string,
  next: { readonly traceId: string; readonly spanId: string },
  processors: readonly SpanProcessor[],
): BasicTracerProvider {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [...processors],
  });
}

function recordSpan(provider: BasicTracerProvider, span: Recorded): void {
  const { traceId, parentSpanId, link, event } = span;
  const parent =
    parentSpanId === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentSpanId, traceFlags: 1 });
  const started = provider.getTracer('test', '1.2.3').startSpan(
    span.name,
    {
      kind: span.kind,
      startTime: hrTime(span.startMicros),
      attributes: span.attributes ?? {},
      links: link ? [{ context: { ...link, traceFlags: 1 }, attributes: link.of }] : [],
    },
    parent,
  );
  if (event) started.addEvent(event.name, event.of, hrTime(event.atMicros));
  if (span.status) started.setStatus(span.status);
  started.end(hrTime(span.startMicros + span.durationMicros));
}

/** With nanoseconds that every store cuts off. */
function hrTime(micros: number): HrTime {
  return [BASE_SECONDS + Math.floor(micros / SECOND), (micros % SECOND) * 1000 + 999];
}
