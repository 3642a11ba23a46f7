import { adviceOf } from '../../../kernel/errors/fault-classification.js';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Diagnostics } from '../telemetry-diagnostics.js';
import type { ExporterCounts } from './exporter-counts.js';
import type { GuardedExporter } from './guarded-exporter.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';

/** Dependencies of a {@link BoundedBatch}. */
export interface BoundedBatchDeps {
  /** Batch processor of the SDK, which exports to `exporter`. */
  readonly batch: SpanProcessor;
  readonly exporter: GuardedExporter;
  readonly counts: ExporterCounts;
  readonly diagnostics: Diagnostics;
  /** Maximum number of queued spans. */
  readonly maxQueueSize: number;
}

/**
 * Queue of one exporter. The SDK's batch processor drops silently when full. This queue rejects
 * spans earlier and counts them.
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
        `the queue of exporter ${counts.exporter} is full (${maxQueueSize} spans): ${counts.read().dropped} dropped so far. ${adviceOf('OBS_SPAN_EXPORT_FAILED')}`,
    );
  }

  /** Exports the queued spans and waits for running exports. */
  async flush(): Promise<void> {
    const { batch, exporter } = this.#parts;
    await Promise.allSettled([batch.forceFlush()]);
    await exporter.idle();
  }

  /** Exports the queued spans and accepts no more. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    const { batch, exporter } = this.#parts;
    await this.flush();
    await Promise.allSettled([batch.shutdown(), exporter.shutdown()]);
  }

  /** Counts the remaining spans as lost. */
  abandon(): void {
    this.#parts.exporter.abandon();
    this.#parts.counts.abandonQueue();
  }
}
