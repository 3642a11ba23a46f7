import {
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';

/** Propagator of the single header of B3. Source: https://github.com/openzipkin/b3-propagation#single-header */
export class B3 implements TextMapPropagator {
  inject(active: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(active);
    if (span === undefined) return;
    setter.set(carrier, 'b3', `${span.traceId}-${span.spanId}-${span.traceFlags & 1}`);
  }

  extract(active: Context, carrier: unknown, getter: TextMapGetter): Context {
    const [traceId, spanId, sampled] = String(getter.get(carrier, 'b3') ?? '').split('-');
    if (traceId === undefined || spanId === undefined) return active;
    return trace.setSpanContext(active, { traceId, spanId, traceFlags: sampled === '1' ? 1 : 0 });
  }

  fields(): string[] {
    return ['b3'];
  }
}
