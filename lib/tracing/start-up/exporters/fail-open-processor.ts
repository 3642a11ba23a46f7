import type { Context } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { describeError, type Diagnostics } from '../telemetry-diagnostics.js';
import type { SpanProcessorPort } from '../options/telemetry-options.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';

type StartedSpan = Parameters<SpanProcessor['onStart']>[0];

/** A processor of the application whose faults do not reach the code that is being traced. */
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

  /** The last chance to change the span; not every version of the SDK offers it. */
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

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#diagnostics.warnSometimes(
        'span processor',
        () => `a span processor of the application failed: ${describeError(error)}`,
      );
    }
  }
}
