import { type Span, TraceFlags } from '@opentelemetry/api';
import type { SampledSpan } from '../../kernel/sampled-span.js';

/** The ids of a span that is sampled; one that is only recorded is exported nowhere. */
export function sampledSpanOf(span: Span): SampledSpan | undefined {
  const context = span.spanContext();
  return (context.traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : context;
}
