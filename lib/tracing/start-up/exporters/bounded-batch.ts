import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Diagnostics } from '../telemetry-diagnostics.js';
import type { ExporterCounts } from './exporter-counts.js';
import type { GuardedExporter } from './guarded-exporter.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';

/** What a queue in front of an exporter is made of. */
export interface BoundedBatchDeps {
  /** The batch processor of the SDK, which exports to `exporter`. */
  readonly batch: SpanProcessor;
  readonly exporter: GuardedExporter;
  readonly counts: ExporterCounts;
  readonly diagnostics: Diagnostics;
  /** Spans that wait at most. */
  readonly maxQueueSize: number;
}

/**
 * The queue of one exporter. The batch processor of the SDK drops silently when it is full; this one keeps it from ever
 * getting there, and counts what it turns away.
 */
export class BoundedBatch {
  readonly #parts: BoundedBatchDeps;
  #closed = false;

  constructor(parts: BoundedBatchDeps) {
    this.#parts = parts;
  }

  /** Queues a sampled span, or drops it. */
  add(span: FinishedSpan): void {
    const { batch, counts, maxQueueSize, diagnostics } = this.#parts;
    if (!this.#closed && counts.queued < maxQueueSize) {
      counts.accepted();
      batch.onEnd(span);
      return;
    }
    counts.dropped();
    if (this.#closed) return;
    diagnostics.warnSometimes(
      `queue ${counts.exporter}`,
      () =>
        `the queue of exporter ${counts.exporter} is full (${maxQueueSize} spans): ${counts.read().dropped} dropped so far`,
    );
  }

  /** Exports what is queued and waits for what is under way. */
  async flush(): Promise<void> {
    const { batch, exporter } = this.#parts;
    await Promise.allSettled([batch.forceFlush()]);
    await exporter.idle();
  }

  /** Exports what is queued and takes no more. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    const { batch, exporter } = this.#parts;
    await this.flush();
    await Promise.allSettled([batch.shutdown(), exporter.shutdown()]);
  }

  /** Counts what is left as lost. */
  abandon(): void {
    this.#parts.exporter.abandon();
    this.#parts.counts.abandonQueue();
  }
}
