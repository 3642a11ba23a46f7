import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  byteMetadata,
  contextOfMessage,
  extractFromJobData,
  injectIntoJobData,
  type MetadataShape,
  nestedMetadata,
  plainMetadata,
  TraceContextCarrier,
} from '../../../lib/tracing/index.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const spanContextOf = (traceFlags: number) => ({ traceId: TRACE, spanId: SPAN, traceFlags });

const shapes: Readonly<Record<string, MetadataShape<object>>> = {
  plain: plainMetadata,
  nested: nestedMetadata('trace'),
  bytes: byteMetadata,
};

describe('event metadata', () => {
  it.each(Object.entries(shapes))(
    'An own __proto__ of metadata does not become the prototype of its copy: %s',
    (_name, shape) => {
      const carrier = new TraceContextCarrier(shape);
      const fromQueue = JSON.parse(
        '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"tenant":"a"}',
      ) as object;
      const active = trace.setSpanContext(ROOT_CONTEXT, spanContextOf(1));
      const out = carrier.write(fromQueue, { spanContext: trace.getSpanContext(active) });
      expect(Reflect.get(out, 'isAdmin')).toBeUndefined();
      expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
      expect(Object.keys(out)).toEqual(
        expect.arrayContaining(['__proto__', 'constructor', 'tenant']),
      );
      expect(Object.getOwnPropertyDescriptor(out, '__proto__')?.value).toEqual({ isAdmin: true });
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
      expect(carrier.read(out).spanContext?.traceId).toBe(TRACE);
    },
  );

  it.each(['__proto__', 'constructor', 'toString'])(
    'A carrier that keeps its context under %s changes no prototype',
    (name) => {
      const carrier = new TraceContextCarrier(nestedMetadata(name));
      const out = carrier.write({ tenant: 'a' }, { spanContext: spanContextOf(1) });
      expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
      expect(Object.keys(out)).toEqual(['tenant', name]);
      expect(carrier.read(out).spanContext?.spanId).toBe(SPAN);
      expect(carrier.read({ tenant: 'a' })).toEqual({});
    },
  );

  it('Job data with an own __proto__ keeps it as data', () => {
    const data = JSON.parse('{"__proto__":{"isAdmin":true},"orderId":"1"}') as {
      isAdmin?: boolean;
    };
    const job = injectIntoJobData(data, { spanContext: spanContextOf(1) });
    expect(job.isAdmin).toBeUndefined();
    expect(extractFromJobData(job).spanContext?.traceId).toBe(TRACE);
  });
});

describe('the random-trace-id flag', () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider());
  });

  afterAll(() => {
    context.disable();
    trace.disable();
  });

  it.each([
    [0b10, '02'],
    [0b11, '03'],
    [0b01, '01'],
    [0b00, '00'],
  ])(
    'The trace flags %i of a message are in the metadata of events that follow from it',
    (flags, text) => {
      const carrier = new TraceContextCarrier(plainMetadata);
      const incoming = carrier.read({ traceparent: `00-${TRACE}-${SPAN}-${text}` });
      expect(incoming.spanContext?.traceFlags).toBe(flags);
      const tracer = trace.getTracer('test');
      const written = context.with(contextOfMessage(incoming), () =>
        tracer.startActiveSpan('handler', (outer) =>
          tracer.startActiveSpan('append', (inner) => {
            const metadata = carrier.write<{ traceparent?: string }>(undefined);
            inner.end();
            outer.end();
            return metadata;
          }),
        ),
      );
      expect(written.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-${text}$`));
    },
  );

  it('The flag of one trace is not written for another', () => {
    const carrier = new TraceContextCarrier(plainMetadata);
    const incoming = carrier.read({ traceparent: `00-${TRACE}-${SPAN}-03` });
    const written = context.with(contextOfMessage(incoming), () =>
      trace
        .getTracer('test')
        .startActiveSpan('other', { root: true }, () =>
          carrier.write<{ traceparent?: string }>(undefined),
        ),
    );
    expect(written.traceparent).toMatch(/-01$/);
  });
});
