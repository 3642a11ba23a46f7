import { createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { contextWithSpan } from '../../../../lib/tracing/span/span-context.js';
import { UnsampledRoot } from '../../../../lib/tracing/span/unsampled-root.js';

const KEY = createContextKey('tenant');

function spanOf(spanId: string) {
  const ids = { generateTraceId: () => '1'.repeat(32), generateSpanId: () => spanId };
  return trace.wrapSpanContext(new UnsampledRoot(ids));
}

describe('a context with a span', () => {
  const outer = ROOT_CONTEXT.setValue(KEY, 'acme');
  const span = spanOf('a'.repeat(16));
  const context = contextWithSpan(outer, span);

  it('A context with a span has its span where the API looks, and the values of its parent', () => {
    expect(trace.getSpan(context)).toBe(span);
    expect(context.getValue(KEY)).toBe('acme');
    expect(trace.getSpan(outer)).toBe(undefined);
  });

  it('A context with a span takes and loses values without a change to itself', () => {
    const other = context.setValue(KEY, 'globex');
    expect(other.getValue(KEY)).toBe('globex');
    expect(trace.getSpan(other)).toBe(span);
    expect(context.deleteValue(KEY).getValue(KEY)).toBe(undefined);
    expect(trace.getSpan(trace.deleteSpan(context))).toBe(undefined);
    expect(trace.deleteSpan(context).getValue(KEY)).toBe('acme');
    expect(context.getValue(KEY)).toBe('acme');
  });

  it('A context with a span of a handler that starts itself over and over keeps nothing of the ones before', () => {
    const first = new WeakRef(spanOf('b'.repeat(16)));
    let current = contextWithSpan(outer, first.deref() as never);
    for (let i = 0; i < 1000; i++) current = contextWithSpan(current, span);
    // A WeakRef keeps its target until the turn is over.
    return new Promise<void>((done) => {
      setImmediate(() => {
        globalThis.gc?.();
        expect(first.deref()).toBe(undefined);
        expect(trace.getSpan(current)).toBe(span);
        done();
      });
    });
  });
});

describe('an unsampled root', () => {
  it('An unsampled root has no ids until somebody asks, and then the same ones for good', () => {
    let made = 0;
    const root = new UnsampledRoot({
      generateTraceId: () => `trace ${++made}`,
      generateSpanId: () => `span ${++made}`,
    });
    expect(made).toBe(0);
    expect([root.traceId, root.spanId, root.traceId, root.spanId]).toEqual([
      'trace 1',
      'span 2',
      'trace 1',
      'span 2',
    ]);
    expect(root.traceFlags).toBe(0);
  });
});
