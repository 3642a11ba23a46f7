import type { SpanContext } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { extractFromJobData, injectIntoJobData } from '../../../../lib/tracing/context/job-data.js';
import { recordedFaults } from './recorded-faults.js';

const spanContext: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 0,
};

describe('job data', () => {
  it('Job data carries the trace context in an object of its own, through JSON', () => {
    const data = Object.freeze({ orderId: 'o-1', traceparent: 'the business word' });
    const injected = injectIntoJobData(data, { spanContext, correlationId: 'c-1' });
    expect(injected).toEqual({
      orderId: 'o-1',
      traceparent: 'the business word',
      traceContext: {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
        correlationId: 'c-1',
      },
    });
    expect(extractFromJobData(JSON.parse(JSON.stringify(injected)))).toEqual({
      spanContext: { ...spanContext, isRemote: true },
      correlationId: 'c-1',
      causationId: undefined,
    });
  });

  it('Job data keeps its origin when the job is enqueued again', () => {
    const once = injectIntoJobData({}, { spanContext });
    const other = { ...spanContext, spanId: '1'.repeat(16) };
    expect(injectIntoJobData(once, { spanContext: other })).toEqual(once);
    const replaced = injectIntoJobData(once, { spanContext: other, existing: 'replace' });
    expect(extractFromJobData(replaced).spanContext?.spanId).toBe(other.spanId);
  });

  it.each(['text', 42, [1, 2]])(
    'Job data that is no object is left as it is, and counted: %s',
    (data) => {
      const { faults, counted } = recordedFaults();
      expect(injectIntoJobData(data, { spanContext, faults })).toBe(data);
      expect(counted).toEqual(['trace_context']);
      expect(extractFromJobData(data).spanContext).toBeUndefined();
    },
  );

  it('Job data that is absent becomes an object with the trace context alone', () => {
    expect(injectIntoJobData(undefined, { spanContext })).toHaveProperty(
      'traceContext.traceparent',
    );
    expect(extractFromJobData(undefined)).toEqual({});
  });
});
