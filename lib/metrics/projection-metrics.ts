import type { ErrorDescription } from '../kernel/error-classification.js';
import type { HandlerIdentity, HandlerObserver, Observer } from '../kernel/observer.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { projectionMetrics } from './catalogue/projections.js';
import type { ErrorMetrics } from './error-metrics.js';
import { BoundedObservers } from './bounded-observers.js';
import { LabelScope } from './label-scope.js';
import type { MetricRegistry } from './registry.js';

/** Turns observations of projections into the metrics of projections. */
export class ProjectionMetrics implements Observer {
  readonly #observers: BoundedObservers<ProjectionObserver>;
  readonly #active = new Set<string>();

  constructor(registry: MetricRegistry, errors: ErrorMetrics, { namespace }: CatalogueNaming) {
    const { active, ...instruments } = registerCatalogue(registry, projectionMetrics, {
      namespace,
    });
    this.#observers = new BoundedObservers({
      metrics: Object.values(instruments),
      scopeOf: (handler) => scopeOf(instruments, handler),
      make: (scope, { buckets }) =>
        new ProjectionObserver(seriesOf(instruments, scope, buckets), errors),
    });
    errors.track('projection', () => {
      const failed = instruments.failed.sum();
      return { finished: instruments.processed.sum() + failed, failed };
    });
    registry.onCollect(() => active.set(this.#active.size));
  }

  /** Number of projections that this process runs. */
  get activeCount(): number {
    return this.#active.size;
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    this.#active.add(handler.name);
    return this.#observers.get(handler);
  }

  /** What a projection's runner records by hand; it does not make the projection one that this process runs. */
  recorder(name: string): ProjectionObserver {
    return this.#observers.get({ kind: 'projection', name, labels: {} });
  }
}

type Instruments = Omit<CatalogueInstruments<typeof projectionMetrics>, 'active'>;
type Series = ReturnType<typeof seriesOf>;

function scopeOf(instruments: Instruments, { name }: HandlerIdentity): LabelScope {
  const { processed, duration, ...plain } = instruments;
  return new LabelScope({ projection_name: name }, [
    ...Object.values(plain).map((it) => [it] as const),
    [processed, [{ mode: 'live' }]],
    [duration, [{ outcome: 'success' }, { outcome: 'failure' }]],
  ]);
}

function seriesOf(instruments: Instruments, scope: LabelScope, buckets?: readonly number[]) {
  const { processed, skipped, failed, retries, deadLettered, duration } = instruments;
  return {
    processed: scope.of(processed, { mode: 'live' }),
    skipped: scope.of(skipped),
    failed: scope.of(failed),
    retries: scope.of(retries),
    deadLettered: scope.of(deadLettered),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
  };
}

/** Receives the observations of one projection, and what its runner says by hand. */
export class ProjectionObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #errors: ErrorMetrics;

  constructor(series: Series, errors: ErrorMetrics) {
    this.#series = series;
    this.#errors = errors;
  }

  started(): void {
    // The catalogue has no gauge for handlings in flight: a projection handles one event at a time.
  }

  succeeded(durationSeconds: number): void {
    this.#series.processed.inc();
    this.#series.successSeconds.observe(durationSeconds);
  }

  /** A projection has no caller to say no to: a rejection is a failure. */
  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.failed(durationSeconds, attempts, error);
  }

  failed(durationSeconds: number, _attempts: number, error: ErrorDescription): void {
    this.#series.failed.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.#errors.count('projection', error);
  }

  retried(): void {
    this.#series.retries.inc();
  }

  abandoned(): void {
    // Nothing was recorded at the start.
  }

  /** @param events - How many events were not for this projection, or applied before. */
  skipped(events: number): void {
    this.#series.skipped.inc(events);
  }

  /** @param events - How many events the projection gave up on. */
  deadLettered(events: number): void {
    this.#series.deadLettered.inc(events);
  }
}
