import type { ErrorDescription } from '../../kernel/error-classification.js';
import type {
  HandlerIdentity,
  HandlerObserver,
  Observer,
  SampledSpan,
} from '../../kernel/observer.js';
import { type Outcome, outcomes } from '../../kernel/outcome.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { queryMetrics } from '../catalogue/queries.js';
import type { ErrorMetrics } from './error-metrics.js';
import { ObserverCache } from '../cardinality/observer-cache.js';
import { LabelScope } from '../cardinality/label-scope.js';
import { ObservationBuffer } from '../instruments/observation-buffer.js';
import type { MetricRegistry } from '../registry.js';

type Instruments = CatalogueInstruments<typeof queryMetrics>;

/** Turns observations of queries into the metrics of queries. */
export class QueryMetrics implements Observer {
  readonly #instruments: Instruments;
  readonly #observers: ObserverCache<QueryObserver>;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, naming: CatalogueNaming) {
    const instruments = registerCatalogue(registry, queryMetrics, naming);
    this.#instruments = instruments;
    this.#observers = new ObserverCache({
      metrics: Object.values(instruments),
      scopeOf: (handler) => scopeOf(instruments, handler),
      make: (scope, { buckets }) =>
        new QueryObserver(seriesOf(instruments, scope, buckets), errors),
    });
    registry.onCollect(() => this.#publish());
    errors.track('query', () => {
      this.#publish();
      return { finished: instruments.finished.sum(), failed: instruments.failed.sum() };
    });
  }

  /** Queries executing now. */
  get executing(): number {
    this.#publish();
    return this.#instruments.concurrent.sum();
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    return this.#observers.get(handler);
  }

  #publish(): void {
    for (const observer of this.#observers.each()) observer.publish();
  }
}

type Series = ReturnType<typeof seriesOf>;

function scopeOf(instruments: Instruments, { name, labels }: HandlerIdentity): LabelScope {
  const { duration, ...plain } = instruments;
  return new LabelScope({ ...labels, query_type: name }, [
    ...Object.values(plain).map((it) => [it] as const),
    [duration, outcomes.map((outcome) => ({ outcome }))],
  ]);
}

function seriesOf(instruments: Instruments, scope: LabelScope, buckets?: readonly number[]) {
  const { finished, failed, concurrent, duration } = instruments;
  return {
    finished: scope.of(finished),
    failed: scope.of(failed),
    concurrent: scope.of(concurrent),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    rejectedSeconds: scope.histogram(duration, { outcome: 'rejected' }, buckets),
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
  };
}

/** Keeps what every call changes in numbers of its own, which the series learn of when somebody reads them. */
class QueryObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #errors: ErrorMetrics;
  readonly #successSeconds: ObservationBuffer;
  #executing = 0;
  #published = 0;
  #finished = 0;

  constructor(series: Series, errors: ErrorMetrics) {
    this.#series = series;
    this.#errors = errors;
    this.#successSeconds = new ObservationBuffer(series.successSeconds);
  }

  /** Brings the series up to date. */
  publish(): void {
    // By the difference: names that a rule gives one value share the series.
    this.#series.concurrent.inc(this.#executing - this.#published);
    this.#published = this.#executing;
    this.#series.finished.inc(this.#finished);
    this.#finished = 0;
    this.#successSeconds.publish();
  }

  started(): void {
    this.#executing++;
  }

  succeeded(durationSeconds: number): void {
    this.#finish();
    this.#successSeconds.add(durationSeconds);
  }

  rejected(durationSeconds: number): void {
    this.#finish();
    this.#series.rejectedSeconds.observe(durationSeconds);
  }

  failed(durationSeconds: number, _attempts: number, error: ErrorDescription): void {
    this.#finish();
    this.#series.failed.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.#errors.count('query', error);
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    const { successSeconds, rejectedSeconds, failureSeconds } = this.#series;
    if (outcome === 'success') successSeconds.exemplify(durationSeconds, span);
    else
      (outcome === 'rejected' ? rejectedSeconds : failureSeconds).exemplify(durationSeconds, span);
  }

  retried(): void {
    // The catalogue counts attempts of commands and projections only.
  }

  abandoned(): void {
    this.#executing--;
  }

  #finish(): void {
    this.#executing--;
    this.#finished++;
  }
}
