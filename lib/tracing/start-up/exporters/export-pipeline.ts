import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { BoundedBatch } from './bounded-batch.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';

// `TraceFlags.SAMPLED` and `SpanStatusCode.ERROR`.
const SAMPLED_FLAG = 1;
const ERROR = 2;

/** Brings every finished span to the queue of every exporter. */
export class ExportPipeline implements SpanProcessor {
  readonly #batches: readonly BoundedBatch[];
  readonly #keepErrors: boolean;

  /** @param keepErrors - Whether spans that were recorded only are exported when they failed. */
  constructor(batches: readonly BoundedBatch[], keepErrors: boolean) {
    this.#batches = batches;
    this.#keepErrors = keepErrors;
  }

  /** {@inheritDoc SpanProcessor.onStart} */
  onStart(): void {
    // Nothing is to be done before a span has ended.
  }

  /** {@inheritDoc SpanProcessor.onEnd} */
  onEnd(span: FinishedSpan): void {
    const isSampled = (span.spanContext().traceFlags & SAMPLED_FLAG) !== 0;
    if (isSampled) this.#add(span);
    else if (this.#keepErrors && span.status.code === ERROR) this.#add(asSampled(span));
  }

  /** {@inheritDoc SpanProcessor.forceFlush} */
  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#batches.map((it) => it.flush()));
  }

  /** {@inheritDoc SpanProcessor.shutdown} */
  async shutdown(): Promise<void> {
    await Promise.allSettled(this.#batches.map((it) => it.shutdown()));
  }

  #add(span: FinishedSpan): void {
    for (const it of this.#batches) it.add(span);
  }
}

/** Batch processors leave out what is not sampled; a copy of what an exporter reads gets past them. */
function asSampled(span: FinishedSpan): FinishedSpan {
  const context = span.spanContext();
  const sampled = { ...context, traceFlags: context.traceFlags | SAMPLED_FLAG };
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => sampled,
    ...(span.parentSpanContext && { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}
