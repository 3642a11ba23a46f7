import { context, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withCorrelation } from '../../../../lib/tracing/context/correlation.js';
import { headersMetadata } from '../../../../lib/tracing/context/headers-metadata.js';
import { contextOfMessage } from '../../../../lib/tracing/context/message-scope.js';
import {
  byteMetadata,
  KeptTraceState,
  mapMetadata,
  nestedMetadata,
  plainMetadata,
} from '../../../../lib/tracing/context/metadata-shape.js';
import { TraceContextCarrier } from '../../../../lib/tracing/context/trace-context-carrier.js';
import { recordedFaults } from './recorded-faults.js';
import { registerTracing } from './registered-tracing.js';

const producer: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};
const PRODUCER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const ORIGIN = '00-11111111111111111111111111111111-2222222222222222-00';

function plainCarrier(options = {}) {
  const recorded = recordedFaults();
  const carrier = new TraceContextCarrier(plainMetadata, { faults: recorded.faults, ...options });
  return { carrier, ...recorded };
}

describe('metadata that a carrier writes', () => {
  it('Metadata that a carrier writes names the span context given, and what was there before', () => {
    const { carrier } = plainCarrier();
    const metadata = { tenant: 'a' };
    expect(carrier.write(metadata, { spanContext: producer })).toEqual({
      tenant: 'a',
      traceparent: PRODUCER,
    });
    expect(metadata).toEqual({ tenant: 'a' });
  });

  it('Metadata that a carrier writes keeps the flags of a producer that is not sampled', () => {
    const { carrier } = plainCarrier();
    const spanContext = { ...producer, traceFlags: TraceFlags.NONE };
    const metadata = carrier.write(undefined, { spanContext });
    expect(metadata).toEqual({ traceparent: PRODUCER.replace(/01$/, '00') });
    expect(carrier.read(metadata).spanContext?.traceFlags).toBe(TraceFlags.NONE);
  });

  it('Metadata that a carrier writes has the tracestate as it came', () => {
    const { carrier } = plainCarrier();
    const spanContext = { ...producer, traceState: new KeptTraceState('1st=a , rojo=b') };
    expect(carrier.write({}, { spanContext })).toEqual({
      traceparent: PRODUCER,
      tracestate: '1st=a , rojo=b',
    });
  });

  it('Metadata that a carrier writes is what it was when there is nothing to write', () => {
    const { carrier, counted } = plainCarrier();
    const metadata = { tenant: 'a' };
    expect(carrier.write(metadata)).toBe(metadata);
    expect(carrier.write(undefined)).toEqual({});
    const invalid = { ...producer, spanId: '0'.repeat(16) };
    expect(carrier.write(metadata, { spanContext: invalid })).toBe(metadata);
    expect(counted).toEqual([]);
  });

  it('Metadata that a carrier writes is the metadata given when the carrier is told to write in place', () => {
    const { carrier } = plainCarrier({ mutate: true });
    const metadata = {};
    expect(carrier.write(metadata, { spanContext: producer })).toBe(metadata);
    expect(metadata).toEqual({ traceparent: PRODUCER });
  });

  it('Metadata that a carrier writes has the keys that the application names', () => {
    const keys = { correlationId: '$correlationId', causationId: '$causationId' };
    const { carrier } = plainCarrier({ keys });
    const metadata = carrier.write({}, { correlationId: 'c-1', causationId: 'e-1' });
    expect(metadata).toEqual({ $correlationId: 'c-1', $causationId: 'e-1' });
    expect(carrier.read(metadata)).toMatchObject({ correlationId: 'c-1', causationId: 'e-1' });
  });
});

describe('an event that is appended again', () => {
  const appended = { traceparent: ORIGIN, correlationId: 'c-1' };

  it('An event that is appended again keeps its origin and its correlation by default', () => {
    const { carrier } = plainCarrier();
    expect(carrier.write(appended, { spanContext: producer, correlationId: 'c-2' })).toBe(appended);
  });

  it('An event that is appended again gets no tracestate of somebody else beside the origin it keeps', () => {
    const { carrier } = plainCarrier();
    const spanContext = { ...producer, traceState: new KeptTraceState('rojo=1') };
    expect(carrier.write(appended, { spanContext })).toEqual(appended);
  });

  it('An event that is appended again gets a new origin when it is told to, and loses the tracestate of the old one', () => {
    const { carrier } = plainCarrier();
    const metadata = { ...appended, tracestate: 'rojo=1' };
    expect(
      carrier.write(metadata, { spanContext: producer, existing: 'replace', correlationId: 'c-2' }),
    ).toEqual({ traceparent: PRODUCER, correlationId: 'c-2' });
    expect(metadata.tracestate).toBe('rojo=1');
  });

  it('An event that is appended again gets a new origin when the old one is malformed', () => {
    const { carrier, counted } = plainCarrier();
    expect(carrier.write({ traceparent: 'rubbish' }, { spanContext: producer })).toEqual({
      traceparent: PRODUCER,
    });
    expect(counted).toEqual(['trace_context']);
  });
});

describe('metadata that a carrier reads', () => {
  it('Metadata that a carrier reads gives back a remote span context', () => {
    const { carrier } = plainCarrier();
    const { spanContext } = carrier.read({ traceparent: PRODUCER, tracestate: 'rojo=1' });
    expect(spanContext).toMatchObject({ ...producer, isRemote: true });
    expect(spanContext?.traceState?.serialize()).toBe('rojo=1');
  });

  it.each([undefined, null, '', 'text', 42, true, Symbol('x'), [], {}, () => undefined])(
    'Metadata that a carrier reads is empty and no fault for %s',
    (metadata) => {
      const { carrier, counted } = plainCarrier();
      expect(carrier.read(metadata).spanContext).toBeUndefined();
      expect(counted).toEqual([]);
    },
  );

  it('Metadata that a carrier reads counts a malformed traceparent without showing it to the log', () => {
    const { carrier, counted, logged } = plainCarrier();
    expect(carrier.read({ traceparent: 'rubbish' }).spanContext).toBeUndefined();
    expect(counted).toEqual(['trace_context']);
    expect(logged.join()).not.toContain('rubbish');
  });

  it('Metadata that a carrier reads keeps a traceparent whose tracestate is malformed, and counts the latter', () => {
    const { carrier, counted } = plainCarrier();
    const { spanContext } = carrier.read({ traceparent: PRODUCER, tracestate: 'no pair' });
    expect(spanContext).toEqual({ ...producer, isRemote: true });
    expect(counted).toEqual(['trace_context']);
  });

  it('Metadata that a carrier reads does not look at a tracestate without a traceparent', () => {
    const { carrier, counted } = plainCarrier();
    expect(carrier.read({ tracestate: 'no pair' }).spanContext).toBeUndefined();
    expect(counted).toEqual([]);
  });

  it('Metadata that a carrier reads takes a number for a correlation id, and counts ids that break a line or never end', () => {
    const { carrier, counted } = plainCarrier();
    expect(carrier.read({ correlationId: 42 }).correlationId).toBe('42');
    expect(carrier.read({ correlationId: 'a\nb' }).correlationId).toBeUndefined();
    expect(carrier.read({ causationId: 'x'.repeat(257) }).causationId).toBeUndefined();
    expect(carrier.read({ causationId: { id: 1 } }).causationId).toBeUndefined();
    expect(counted).toHaveLength(3);
  });
});

describe('hostile metadata', () => {
  const throwing = {
    get traceparent(): string {
      throw new Error('getter');
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  it('Hostile metadata is read as empty and counted', () => {
    const { carrier, counted } = plainCarrier();
    expect(carrier.read(throwing).spanContext).toBeUndefined();
    expect(carrier.read(revoked.proxy).spanContext).toBeUndefined();
    expect(counted).toContain('trace_context');
  });

  it('Hostile metadata is handed back as it came and counted', () => {
    const { carrier, counted } = plainCarrier();
    expect(carrier.write(throwing, { spanContext: producer })).toBe(throwing);
    expect(carrier.write(revoked.proxy, { spanContext: producer })).toBe(revoked.proxy);
    expect(counted.length).toBeGreaterThan(1);
  });

  it.each(['text', 42, true, [1], Symbol('x')])(
    'Hostile metadata that is no object is handed back: %s',
    (it) => {
      const { carrier, counted } = plainCarrier();
      expect(carrier.write(it as never, { spanContext: producer })).toBe(it);
      expect(counted).toEqual(['trace_context']);
    },
  );

  it('Hostile metadata that is frozen is copied, and handed back when the carrier writes in place', () => {
    const frozen = Object.freeze({ tenant: 'a' });
    expect(plainCarrier().carrier.write(frozen, { spanContext: producer })).toEqual({
      tenant: 'a',
      traceparent: PRODUCER,
    });
    const { carrier, counted } = plainCarrier({ mutate: true });
    expect(carrier.write(frozen, { spanContext: producer })).toBe(frozen);
    expect(counted).toEqual(['trace_context']);
  });

  it('Hostile metadata never makes the carrier throw', () => {
    const { carrier } = plainCarrier();
    const headers = new TraceContextCarrier(headersMetadata());
    const nested = new TraceContextCarrier(nestedMetadata('trace'));
    const value = fc.anything({ withNullPrototype: true, withMap: true, withTypedArray: true });
    const metadata = fc.oneof(
      value,
      fc.record({ traceparent: value, tracestate: value, correlationId: value, trace: value }),
    );
    fc.assert(
      fc.property(metadata, (it) => {
        for (const each of [carrier, headers, nested]) {
          expect(() => each.read(it)).not.toThrow();
          const write = () =>
            each.write(it as never, { spanContext: producer, existing: 'replace' });
          expect(write).not.toThrow();
        }
      }),
    );
  });
});

describe('any shape of metadata', () => {
  const spanContext = { ...producer, traceState: new KeptTraceState('rojo=1') };
  const values = { spanContext, correlationId: 'c-1', causationId: 'e-1' };

  it('Any shape of metadata is written and read back: nested', () => {
    const carrier = new TraceContextCarrier(nestedMetadata('$trace'));
    const metadata = Object.freeze({ $trace: Object.freeze({ kept: true }) });
    const written = carrier.write(metadata, values);
    expect(written).toEqual({
      $trace: {
        kept: true,
        traceparent: PRODUCER,
        tracestate: 'rojo=1',
        correlationId: 'c-1',
        causationId: 'e-1',
      },
    });
    expect(carrier.read(written)).toMatchObject({ correlationId: 'c-1', causationId: 'e-1' });
    expect(carrier.write({ $trace: 'text' }, values)).toEqual({ $trace: 'text' });
  });

  it('Any shape of metadata is written and read back: Map', () => {
    const carrier = new TraceContextCarrier(mapMetadata);
    const map = new Map<string, unknown>([['tenant', 'a']]);
    const written = carrier.write(map, values);
    expect(map.size).toBe(1);
    expect([...written.keys()]).toEqual([
      'tenant',
      'traceparent',
      'tracestate',
      'correlationId',
      'causationId',
    ]);
    expect(carrier.read(written).spanContext).toMatchObject(producer);
    const replaced = carrier.write(written, { spanContext: producer, existing: 'replace' });
    expect(replaced.has('tracestate')).toBe(false);
  });

  it('Any shape of metadata is written and read back: Headers, in whatever case they were written', () => {
    const carrier = new TraceContextCarrier(headersMetadata());
    const given = new Headers({ 'x-tenant': 'a' });
    const written = carrier.write(given, values);
    expect(Object.fromEntries(written)).toMatchObject({ 'x-tenant': 'a', traceparent: PRODUCER });
    expect(given.has('traceparent')).toBe(false);
    expect(carrier.read(new Headers({ Traceparent: PRODUCER })).spanContext).toMatchObject(
      producer,
    );
  });

  it('Any shape of metadata is written and read back: bytes', () => {
    const carrier = new TraceContextCarrier(byteMetadata);
    const written = carrier.write({ key: Buffer.from('a') }, values) as Record<string, Buffer>;
    expect(written['traceparent']).toEqual(Buffer.from(PRODUCER));
    expect(carrier.read(written)).toMatchObject({ correlationId: 'c-1', causationId: 'e-1' });
    expect(carrier.read(written).spanContext?.traceState?.serialize()).toBe('rojo=1');
    expect(carrier.read({ traceparent: [Buffer.from(PRODUCER)] }).spanContext).toMatchObject(
      producer,
    );
  });

  it('Any shape of metadata is written and read back: a shape of the application', () => {
    const carrier = new TraceContextCarrier<[string, string][]>({
      get: (pairs, key) => pairs.find(([name]) => name === key)?.[1],
      set: (pairs, key, value) => value !== undefined && pairs.push([key, value]),
      copy: (pairs = []) => [...pairs],
    });
    const written = carrier.write([['tenant', 'a']], { spanContext: producer });
    expect(written).toEqual([
      ['tenant', 'a'],
      ['traceparent', PRODUCER],
    ]);
    expect(carrier.read(written).spanContext).toMatchObject(producer);
  });

  it('Any shape of metadata keeps its class', () => {
    class Metadata {
      constructor(readonly tenant: string) {}
    }
    const written = new TraceContextCarrier(plainMetadata).write(new Metadata('a'), values);
    expect(written).toBeInstanceOf(Metadata);
    expect(written.tenant).toBe('a');
  });
});

describe('under an SDK', () => {
  let tracing: ReturnType<typeof registerTracing>;
  beforeEach(() => {
    tracing = registerTracing();
  });
  afterEach(() => tracing.stop());

  it('The active span is what is written', () => {
    const { carrier } = plainCarrier();
    tracing.tracer.startActiveSpan('append', (span) => {
      expect(carrier.read(carrier.write({})).spanContext).toEqual({
        ...span.spanContext(),
        isRemote: true,
      });
      span.end();
    });
  });

  it('The active correlation is what is written where no other is given', () => {
    const { carrier } = plainCarrier();
    const ids = { correlationId: 'c-1', causationId: 'm-1' };
    context.with(withCorrelation(context.active(), ids), () => {
      expect(carrier.write({})).toEqual(ids);
      expect(carrier.write({}, { causationId: 'm-2' })).toEqual({ ...ids, causationId: 'm-2' });
    });
  });

  it('The context of a message makes its producer the parent and passes its correlation on', () => {
    const { carrier } = plainCarrier();
    const message = carrier.read({ traceparent: PRODUCER, correlationId: 'c-1' });
    context.with(contextOfMessage(message), () => {
      const span = tracing.tracer.startSpan('handle');
      expect(span.spanContext().traceId).toBe(producer.traceId);
      expect(carrier.write({})).toEqual({ traceparent: PRODUCER, correlationId: 'c-1' });
      span.end();
    });
    expect(tracing.spans()[0]?.parentSpanContext?.spanId).toBe(producer.spanId);
    expect(trace.getSpanContext(contextOfMessage({}))).toBeUndefined();
  });
});
