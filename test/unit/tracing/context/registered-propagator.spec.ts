import {
  context,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Faults } from '../../../../lib/kernel/faults.js';
import { systemClock } from '../../../../lib/kernel/clock.js';
import { headersMetadata } from '../../../../lib/tracing/context/headers-metadata.js';
import { contextOfMessage } from '../../../../lib/tracing/context/message-scope.js';
import { plainMetadata } from '../../../../lib/tracing/context/metadata-shape.js';
import { TraceContextCarrier } from '../../../../lib/tracing/context/trace-context-carrier.js';
import { B3 } from './b3-propagator.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const spanContext = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
const traceparent = `00-${traceId}-${spanId}-01`;
const b3 = `${traceId}-${spanId}-1`;
const carrier = new TraceContextCarrier(plainMetadata);

function register(...propagators: TextMapPropagator[]) {
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
}

function inTrace<T>(run: () => T, tenant?: string): T {
  const base = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  const baggage = propagation.createBaggage(tenant ? { tenant: { value: tenant } } : {});
  return context.with(tenant ? propagation.setBaggage(base, baggage) : base, run);
}

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

afterEach(() => {
  propagation.disable();
  context.disable();
});

describe('metadata without a registered propagator', () => {
  it('The W3C trace context is written and read, and baggage is not', () => {
    expect(inTrace(() => carrier.write({}), 'a')).toEqual({ traceparent });
    const read = carrier.read({ traceparent, b3, baggage: 'tenant=a' });
    expect(read.spanContext).toMatchObject({ traceId, spanId });
    expect(read).not.toHaveProperty('baggage');
  });
});

describe('metadata with a registered propagator', () => {
  it('Baggage travels beside the W3C trace context, also without a span', () => {
    register(new W3CTraceContextPropagator(), new W3CBaggagePropagator());
    const written = inTrace(() => carrier.write({ id: 7 }), 'a');
    expect(written).toEqual({ id: 7, traceparent, baggage: 'tenant=a' });
    const scope = contextOfMessage(carrier.read(written), ROOT_CONTEXT);
    expect(propagation.getBaggage(scope)?.getEntry('tenant')?.value).toBe('a');
    expect(trace.getSpanContext(scope)).toMatchObject({ traceId, spanId, isRemote: true });
    const alone = contextOfMessage(carrier.read({ baggage: 'tenant=b' }), ROOT_CONTEXT);
    expect(propagation.getBaggage(alone)?.getEntry('tenant')?.value).toBe('b');
  });

  it('B3 alone replaces the W3C trace context', () => {
    register(new B3());
    expect(inTrace(() => carrier.write({}))).toEqual({ b3 });
    expect(carrier.read({ b3 }).spanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(carrier.read({ traceparent }).spanContext).toBeUndefined();
  });

  it('Of two formats in one message the W3C trace context comes first', () => {
    register(new W3CTraceContextPropagator(), new B3());
    expect(inTrace(() => carrier.write({}))).toEqual({ traceparent, b3 });
    const other = `${'1'.repeat(32)}-${'2'.repeat(16)}-1`;
    expect(carrier.read({ traceparent, b3: other }).spanContext).toMatchObject({ traceId });
    expect(carrier.read({ b3 }).spanContext).toMatchObject({ traceId });
  });

  it('A propagator of no format propagates nothing', () => {
    register();
    expect(inTrace(() => carrier.write({ id: 7 }))).toEqual({ id: 7 });
    expect(carrier.read({ traceparent }).spanContext).toBeUndefined();
  });

  it('An origin that the metadata has is kept in every format, and replaced on request', () => {
    register(new B3(), new W3CBaggagePropagator());
    const old = `${'1'.repeat(32)}-${'2'.repeat(16)}-0`;
    const metadata = { b3: old, baggage: 'tenant=old' };
    expect(inTrace(() => carrier.write(metadata), 'new')).toEqual(metadata);
    const replaced = inTrace(() => carrier.write(metadata, { existing: 'replace' }));
    expect(replaced).toEqual({ b3 });
  });

  it('Headers of any case are read', () => {
    register(new B3());
    const headers = new TraceContextCarrier(headersMetadata(() => new Headers()));
    expect(headers.read(new Headers({ B3: b3 })).spanContext).toMatchObject({ traceId });
    expect(inTrace(() => headers.write(undefined)).get('b3')).toBe(b3);
  });

  it('A propagator that throws is counted, and the message goes on', () => {
    const faults = new Faults(systemClock);
    const counted: string[] = [];
    faults.connect({ count: (it) => counted.push(it), log: () => undefined });
    const throwing: TextMapPropagator = {
      fields: () => ['x'],
      inject: () => {
        throw new Error('no');
      },
      extract: () => {
        throw new Error('no');
      },
    };
    propagation.setGlobalPropagator(throwing);
    const guarded = new TraceContextCarrier(plainMetadata, { faults });
    expect(inTrace(() => guarded.write({ id: 7 }))).toEqual({ id: 7 });
    expect(guarded.read({ x: '1' }).spanContext).toBeUndefined();
    expect(counted.length).toBeGreaterThanOrEqual(2);
  });
});
