import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { EventStoreObserver, OperationObserver, SampledSpan } from '../../kernel/observer.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { eventStoreMetrics } from '../catalogue/event-store.js';
import type { ErrorMetrics } from './error-metrics.js';
import { LabelScope } from '../cardinality/label-scope.js';
import { CLOSED_SET } from '../definition/metric-definition.js';
import type { MetricRegistry } from '../registry.js';

type Instruments = CatalogueInstruments<typeof eventStoreMetrics>;

const outcomes = [{ outcome: 'success' }, { outcome: 'failure' }] as const;

/** State shared by all operations of one application. */
interface Shared {
  readonly instruments: Instruments;
  readonly countError: (error: ErrorDescription) => void;
  readonly totals: { finished: number; failed: number };
}

/** Records event store metrics from observed operations. */
export class EventStoreMetrics implements EventStoreObserver {
  readonly #shared: Shared;
  readonly #bound = new Map<string, OperationMetrics>();
  readonly #versions = new Map<string, number>();

  constructor(registry: MetricRegistry, errors: ErrorMetrics, { namespace }: CatalogueNaming) {
    const instruments = registerCatalogue(registry, eventStoreMetrics, { namespace });
    const totals = { finished: 0, failed: 0 };
    this.#shared = { instruments, countError: errors.counterOf('event_store'), totals };
    errors.track('event_store', () => totals);
    // A metric without labels would expose 0 while the number of streams is unknown.
    this.activeStreams(undefined);
  }

  /** {@inheritDoc EventStoreObserver.bind} */
  bind(operation: string): OperationMetrics {
    const known = this.#bound.get(operation);
    if (known !== undefined) return known;
    const { operations, latency } = this.#shared.instruments;
    const scope = new LabelScope({ operation }, [
      [operations, outcomes],
      [latency, outcomes],
    ]);
    const made = new OperationMetrics(scope, this.#shared);
    // An operation without its own series is not cached, because their number is unbounded.
    if (scope.kept && this.#bound.size < CLOSED_SET) this.#bound.set(operation, made);
    return made;
  }

  /** {@inheritDoc EventStoreObserver.streamVersion} */
  streamVersion(stream: string, version: number): void {
    // Concurrent appends may report their versions out of order.
    if (version <= (this.#versions.get(stream) ?? -1)) return;
    this.#versions.set(stream, version);
    this.#shared.instruments.versions.labels({ stream }).set(version);
  }

  /** Publishes the number of streams; `undefined` removes the gauge. */
  activeStreams(count: number | undefined): void {
    const { active } = this.#shared.instruments;
    if (count === undefined) active.remove({});
    else active.set(count);
  }
}

/** Records one event store operation. */
export class OperationMetrics implements OperationObserver {
  readonly #shared: Shared;
  readonly #series;

  constructor(scope: LabelScope, shared: Shared) {
    const { operations, latency } = shared.instruments;
    const [success, failure] = outcomes;
    this.#shared = shared;
    this.#series = {
      succeeded: scope.of(operations, success),
      failed: scope.of(operations, failure),
      successSeconds: scope.of(latency, success),
      failureSeconds: scope.of(latency, failure),
    };
  }

  succeeded(durationSeconds: number): void {
    this.#shared.totals.finished++;
    this.#series.succeeded.inc();
    this.#series.successSeconds.observe(durationSeconds);
  }

  failed(durationSeconds: number, error: ErrorDescription): void {
    this.#shared.totals.finished++;
    this.#shared.totals.failed++;
    this.#series.failed.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.interrupted(error);
  }

  sampled(outcome: 'success' | 'failure', durationSeconds: number, span: SampledSpan): void {
    const { successSeconds, failureSeconds } = this.#series;
    const series = outcome === 'success' ? successSeconds : failureSeconds;
    series.exemplify(durationSeconds, span);
  }

  interrupted(error: ErrorDescription): void {
    this.#shared.countError(error);
  }

  written(category: string, events: number): void {
    this.#shared.instruments.written.labels({ stream_category: category }).inc(events);
  }

  read(category: string, events: number): void {
    this.#shared.instruments.read.labels({ stream_category: category }).inc(events);
  }

  conflicted(category: string): void {
    this.#shared.instruments.conflicts.labels({ stream_category: category }).inc();
  }
}
