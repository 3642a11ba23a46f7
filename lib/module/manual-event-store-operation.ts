import type { OperationTrace, TracingObserver } from '../kernel/call-tracer.js';
import type { Clock } from '../kernel/clock.js';
import type { ErrorClassifier } from '../kernel/error-classifier.js';
import type { Faults } from '../kernel/faults.js';
import type { EventStoreMetrics } from '../metrics/event-store-metrics.js';

/** What an operation on an event store did. */
export interface EventStoreResult {
  /** Events appended or read, 0 or more. @defaultValue 0 */
  readonly events?: number;
}

/** What a failed operation on an event store ran into. */
export interface EventStoreFailure {
  /** The stream had moved on: an optimistic-concurrency conflict. @defaultValue false */
  readonly conflict?: boolean;
}

/** What a {@link ManualEventStoreOperation} records with. */
export interface EventStoreRecording {
  readonly metrics: EventStoreMetrics;
  readonly classifier: ErrorClassifier;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Makes spans, when they are wanted. */
  readonly tracing?: TracingObserver | undefined;
  /** Whether anything is recorded. */
  readonly enabled: boolean;
}

/** An operation on an event store that the application records by hand. Ends once. */
export class ManualEventStoreOperation {
  readonly #operation: string;
  readonly #category: string;
  readonly #recording: EventStoreRecording;
  readonly #startedMs: number;
  readonly #trace: OperationTrace | undefined;
  #open: boolean;

  /** @internal */
  constructor(operation: string, category: string, recording: EventStoreRecording) {
    this.#operation = operation;
    this.#category = category;
    this.#recording = recording;
    this.#open = recording.enabled;
    this.#trace = this.#guard(() =>
      recording.enabled ? recording.tracing?.followOperation(operation, category) : undefined,
    );
    this.#startedMs = recording.clock.monotonicMs();
  }

  /** It went well. */
  succeed({ events = 0 }: EventStoreResult = {}): void {
    if (!this.#close()) return;
    const { metrics } = this.#recording;
    metrics.succeeded(this.#operation, this.#seconds());
    if (this.#operation === 'append') metrics.written(this.#category, events);
    else metrics.read(this.#category, events);
    this.#guard(() => this.#trace?.succeeded(events));
  }

  /** It failed. */
  fail(error: unknown, { conflict = false }: EventStoreFailure = {}): void {
    if (!this.#close()) return;
    const { metrics, classifier } = this.#recording;
    const description = classifier.describe(error);
    metrics.failed(this.#operation, this.#seconds(), description);
    if (conflict) metrics.conflicted(this.#category);
    this.#guard(() => this.#trace?.failed(error, description));
  }

  #seconds(): number {
    return (this.#recording.clock.monotonicMs() - this.#startedMs) / 1000;
  }

  #guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (fault) {
      this.#recording.faults.report('tracing', fault);
      return undefined;
    }
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    return wasOpen;
  }
}
