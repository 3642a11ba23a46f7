import type { ErrorDescription } from '../kernel/error-classification.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { eventStoreMetrics } from './catalogue/event-store.js';
import type { ErrorMetrics } from './error-metrics.js';
import type { MetricRegistry } from './registry.js';

/** Records operations on an event store. */
export class EventStoreMetrics {
  readonly #instruments: CatalogueInstruments<typeof eventStoreMetrics>;
  readonly #errors: ErrorMetrics;
  #finished = 0;
  #failed = 0;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, { namespace }: CatalogueNaming) {
    this.#errors = errors;
    this.#instruments = registerCatalogue(registry, eventStoreMetrics, { namespace });
    errors.track('event_store', () => ({ finished: this.#finished, failed: this.#failed }));
  }

  /** Records an operation that went well. */
  succeeded(operation: string, durationSeconds: number): void {
    this.#finish(operation, 'success', durationSeconds);
  }

  /** Records an operation that failed. */
  failed(operation: string, durationSeconds: number, error: ErrorDescription): void {
    this.#failed++;
    this.#finish(operation, 'failure', durationSeconds);
    this.#errors.count('event_store', error);
  }

  /** Counts events appended to streams of a category. */
  written(category: string, events: number): void {
    this.#instruments.written.labels({ stream_category: category }).inc(events);
  }

  /** Counts events read from streams of a category. */
  read(category: string, events: number): void {
    this.#instruments.read.labels({ stream_category: category }).inc(events);
  }

  /** Counts an append that was refused because the stream had moved on. */
  conflicted(category: string): void {
    this.#instruments.conflicts.labels({ stream_category: category }).inc();
  }

  #finish(operation: string, outcome: string, durationSeconds: number): void {
    this.#finished++;
    this.#instruments.operations.labels({ operation, outcome }).inc();
    this.#instruments.latency.labels({ operation, outcome }).observe(durationSeconds);
  }
}
