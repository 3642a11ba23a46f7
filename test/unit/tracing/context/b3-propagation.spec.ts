import {
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { B3Propagator } from '../../../../lib/tracing/context/b3-propagator.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const single = new B3Propagator('single');
const multi = new B3Propagator('multi');

const extract = (carrier: object, by = single) =>
  by.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);

function inject(by: B3Propagator, scope = ROOT_CONTEXT): object {
  const carrier = {};
  by.inject(scope, carrier, defaultTextMapSetter);
  return carrier;
}

const several = (more: object = {}) => ({
  'x-b3-traceid': traceId,
  'x-b3-spanid': spanId,
  ...more,
});

describe('B3 headers', () => {
  it.each([
    [{ b3: `${traceId}-${spanId}-1` }, 1],
    [{ b3: `${traceId}-${spanId}-0` }, 0],
    [{ b3: `${traceId}-${spanId}` }, 0],
    [{ b3: ` ${traceId.toUpperCase()}-${spanId}-d-${spanId} ` }, 1],
    [{ b3: [`${traceId}-${spanId}-1`] }, 1],
    [several({ 'x-b3-sampled': '1' }), 1],
    [several({ 'x-b3-sampled': 'true' }), 1],
    [several({ 'x-b3-sampled': '0' }), 0],
    [several(), 0],
    [several({ 'x-b3-flags': '1' }), 1],
    [several({ b3: 'broken', 'x-b3-sampled': '1' }), 1],
  ])('B3 headers %j have the trace flags %i in either encoding', (carrier, traceFlags) => {
    const expected = { traceId, spanId, traceFlags, isRemote: true };
    expect(trace.getSpanContext(extract(carrier))).toEqual(expected);
    expect(trace.getSpanContext(extract(carrier, multi))).toEqual(expected);
  });

  it('B3 ids of 64 bits are padded with zeros', () => {
    const extracted = extract({ b3: `${'a'.repeat(16)}-${spanId}-1` });
    expect(trace.getSpanContext(extracted)?.traceId).toBe('0'.repeat(16) + 'a'.repeat(16));
  });

  it.each([
    {},
    { b3: '0' },
    { b3: `${traceId}-${spanId}-2` },
    { b3: `${'0'.repeat(32)}-${spanId}-1` },
    { b3: `${traceId}0-${spanId}-1` },
    { 'x-b3-traceid': traceId, 'x-b3-sampled': '1' },
    several({ 'x-b3-spanid': '0'.repeat(16) }),
  ])('B3 headers %j are ignored', (carrier) => {
    expect(extract(carrier)).toBe(ROOT_CONTEXT);
  });

  it('B3 headers are written in the form of the encoding', () => {
    const scope = extract({ b3: `${traceId}-${spanId}-1` });
    expect(inject(single, scope)).toEqual({ b3: `${traceId}-${spanId}-1` });
    expect(inject(multi, scope)).toEqual(several({ 'x-b3-sampled': '1' }));
    expect(inject(multi, extract(several()))).toEqual(several({ 'x-b3-sampled': '0' }));
  });

  it('B3 headers pass the debug flag on', () => {
    const scope = extract({ b3: `${traceId}-${spanId}-d` });
    expect(inject(single, scope)).toEqual({ b3: `${traceId}-${spanId}-d` });
    expect(inject(multi, scope)).toEqual(several({ 'x-b3-flags': '1' }));
  });

  it('B3 headers are not written without a span or where tracing is suppressed', () => {
    const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
    const scope = extract({ b3: `${traceId}-${spanId}-1` }).setValue(suppressed, true);
    expect(inject(single, scope)).toEqual({});
    expect(inject(multi)).toEqual({});
  });
});
