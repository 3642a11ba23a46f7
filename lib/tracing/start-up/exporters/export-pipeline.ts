import type { Context } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { absorb } from '../../../kernel/hooks.js';
import type { SpanProcessorPort } from '../options/telemetry-options.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';
import { describeError, type Diagnostics } from '../telemetry-diagnostics.js';
import type { BoundedBatch } from './bounded-batch.js';

// `TraceFlags.SAMPLED` and `SpanStatusCode.ERROR`.
const SAMPLED_FLAG = 1;
const ERROR = 2;

/** Passes every finished span to the queue of every exporter. */
export class ExportPipeline implements SpanProcessor {
  readonly #batches: readonly BoundedBatch[];
  readonly #keepErrors: boolean;

  /** @param keepErrors - Exports failed spans that were only recorded. */
  constructor(batches: readonly BoundedBatch[], keepErrors: boolean) {
    this.#batches = batches;
    this.#keepErrors = keepErrors;
  }

  /** {@inheritDoc SpanProcessor.onStart} */
  onStart(): void {
    // A span is processed at its end.
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

/** Returns a copy with the sampled flag, because batch processors drop unsampled spans. */
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

type StartedSpan = Parameters<SpanProcessor['onStart']>[0];

/** Isolates faults of a custom processor from the traced code. */
export class FailOpenProcessor implements SpanProcessor {
  readonly #processor: SpanProcessor;
  readonly #diagnostics: Diagnostics;

  constructor(processor: SpanProcessorPort, diagnostics: Diagnostics) {
    this.#processor = processor as unknown as SpanProcessor;
    this.#diagnostics = diagnostics;
  }

  /** {@inheritDoc SpanProcessor.onStart} */
  onStart(span: StartedSpan, parent: Context): void {
    this.#guard(() => this.#processor.onStart(span, parent));
  }

  /** Passes on the last chance to modify the span, which not every version of the SDK offers. */
  onEnding(span: StartedSpan): void {
    this.#guard(() => this.#processor.onEnding?.(span));
  }

  /** {@inheritDoc SpanProcessor.onEnd} */
  onEnd(span: FinishedSpan): void {
    this.#guard(() => this.#processor.onEnd(span));
  }

  /** {@inheritDoc SpanProcessor.forceFlush} */
  async forceFlush(): Promise<void> {
    await this.#processor.forceFlush();
  }

  /** {@inheritDoc SpanProcessor.shutdown} */
  async shutdown(): Promise<void> {
    await this.#processor.shutdown();
  }

  #guard(call: () => unknown): void {
    const failed = (error: unknown) =>
      this.#diagnostics.warnSometimes(
        'span processor',
        () => `a span processor of the application failed: ${describeError(error)}`,
      );
    try {
      absorb(call(), failed);
    } catch (error) {
      failed(error);
    }
  }
}
