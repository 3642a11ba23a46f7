import type { Outcome } from '../../kernel/errors/error-classification.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerIdentity, HandlerObserver, SampledSpan } from '../../kernel/observer.js';
import { LabelScope } from '../cardinality/label-scope.js';
import { ObserverCache } from '../cardinality/observer-cache.js';
import type { CatalogueMetric } from '../catalogue/catalogue-metric.js';
import type { CounterSeries } from '../instruments/counter.js';
import { ObservationBuffer } from '../instruments/observation-buffer.js';
import { type Instruments, scopedMetrics, type Series, seriesOf } from './call-series.js';
import { registerCatalogue } from './catalogue-instruments.js';
import type { KindMetrics, KindMetricsDeps, MeasuredKind } from './handler-metrics.js';

/** Metrics of one kind of calls. A kind leaves out what it does not record. */
interface CallMetricSet {
  /** Counter of finished calls, whatever their outcome, which may be a label. */
  readonly finished: CatalogueMetric;
  /** Counter of calls that succeeded. */
  readonly succeeded?: CatalogueMetric;
  /** Counter of calls that a business rule rejected. */
  readonly rejected?: CatalogueMetric;
  /** Counter of calls that failed. */
  readonly failed?: CatalogueMetric;
  /** Histogram of call durations; the outcome may be a label. */
  readonly duration: CatalogueMetric;
  /** Gauge of calls executing now. */
  readonly concurrent: CatalogueMetric;
  /** Histogram of attempts per finished call. */
  readonly attempts?: CatalogueMetric;
  /** Counter of attempts that were tried again, with the label `error_type`. */
  readonly retries?: CatalogueMetric;
  /** Histogram of events per successful call. */
  readonly events?: CatalogueMetric;
}

/** A kind whose calls {@link CallMetrics} records. */
export interface CallKind extends HandlerKind {
  readonly metrics: CallMetricSet;
}

/** A kind of handlers with the metrics of its calls. */
export function callKind<K extends CallKind>(
  definition: K,
): Omit<K, 'metrics'> & MeasuredKind<CallMetrics> {
  const metrics: Readonly<Record<string, CatalogueMetric>> = { ...definition.metrics };
  return {
    ...definition,
    metrics,
    measure: (deps: KindMetricsDeps) => new CallMetrics(deps, definition),
  };
}

/** Turns observations of one kind of calls into the metrics of that kind. */
export class CallMetrics implements KindMetrics {
  readonly #instruments: Instruments;
  readonly #outcomes: readonly Outcome[];
  readonly #countError: (error: ErrorDescription) => void;
  readonly #observers: ObserverCache<CallObserver>;
  #failed = 0;

  constructor(
    { registry, errors, naming }: KindMetricsDeps,
    { metrics, nameLabel, handlerLabels, outcomes, errorSource }: CallKind,
  ) {
    const { namespace } = naming;
    const named = handlerLabels ? naming : { namespace };
    const registered = registerCatalogue(registry, { ...metrics }, named);
    const instruments = registered as unknown as Instruments;
    this.#instruments = instruments;
    const scoped = scopedMetrics(instruments, outcomes);
    this.#outcomes = outcomes;
    const countError = errors.counterOf(errorSource);
    this.#countError = (error) => {
      this.#failed++;
      countError(error);
    };
    this.#observers = new ObserverCache({
      metrics: Object.values(registered),
      scopeOf: ({ name, labels }) => new LabelScope({ ...labels, [nameLabel]: name }, scoped),
      make: (scope, handler) => this.observerOf(this.#calls(scope, handler), scope, handler),
    });
    registry.onCollect(() => this.#publish());
    errors.track(errorSource, () => {
      this.#publish();
      return { finished: instruments.finished.sum(), failed: this.#failed };
    });
  }

  /** Calls executing now. */
  get executing(): number {
    this.#publish();
    return this.#instruments.concurrent.sum();
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    return this.#observers.get(handler);
  }

  /** Returns the observer of one handler. */
  protected observerOf(
    calls: CallSeries,
    _scope: LabelScope,
    _handler: HandlerIdentity,
  ): CallObserver {
    return new CallObserver(calls);
  }

  #calls(scope: LabelScope, { buckets }: HandlerIdentity): CallSeries {
    const series = seriesOf(this.#instruments, scope, { outcomes: this.#outcomes, buckets });
    return { series, countError: this.#countError };
  }

  #publish(): void {
    for (const observer of this.#observers.each()) observer.publish();
  }
}

/** Series of one handler, and the count of its errors. */
export interface CallSeries {
  readonly series: Series;
  readonly countError: (error: ErrorDescription) => void;
}

/** Buffers the values that every call changes and publishes them to the series when the metrics are read. */
export class CallObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #countError: (error: ErrorDescription) => void;
  readonly #successSeconds: ObservationBuffer;
  #executing = 0;
  #published = 0;
  // Calls that succeeded at the first attempt: nearly all of them.
  #succeededAtOnce = 0;

  constructor({ series, countError }: CallSeries) {
    this.#series = series;
    this.#countError = countError;
    this.#successSeconds = new ObservationBuffer(series.successSeconds);
  }

  /** Brings the series up to date. */
  publish(): void {
    const series = this.#series;
    const count = this.#succeededAtOnce;
    this.#succeededAtOnce = 0;
    // By the difference: names that a rule gives one value share the series.
    series.concurrent.inc(this.#executing - this.#published);
    this.#published = this.#executing;
    series.finished.inc(count);
    series.succeeded?.inc(count);
    series.attempts?.observeTimes(1, count);
    this.#successSeconds.publish();
  }

  /** Calls executing now. */
  protected get executing(): number {
    return this.#executing;
  }

  started(): void {
    this.#executing++;
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    if (attempts === 1) {
      this.#executing--;
      this.#succeededAtOnce++;
    } else {
      this.#finish(attempts, this.#series.finished);
      this.#series.succeeded?.inc();
    }
    this.#successSeconds.add(durationSeconds);
    if (events !== undefined) this.#series.events?.observe(events);
  }

  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    const { rejected, rejectedSeconds } = this.#series;
    if (rejectedSeconds === undefined) {
      this.failed(durationSeconds, attempts, error);
      return;
    }
    this.#finish(attempts, this.#series.finishedRejected);
    rejected?.inc();
    rejectedSeconds.observe(durationSeconds);
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#finish(attempts, this.#series.finishedFailed);
    this.#series.failed?.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.#countError(error);
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    const { successSeconds, rejectedSeconds, failureSeconds } = this.#series;
    if (outcome === 'success') successSeconds.exemplify(durationSeconds, span);
    else if (outcome === 'rejected' && rejectedSeconds !== undefined)
      rejectedSeconds.exemplify(durationSeconds, span);
    else failureSeconds.exemplify(durationSeconds, span);
  }

  retried({ type }: ErrorDescription): void {
    this.#series.retriesOf?.(type).inc();
  }

  abandoned(): void {
    this.#executing--;
  }

  #finish(attempts: number, finished: CounterSeries): void {
    this.#executing--;
    finished.inc();
    this.#series.attempts?.observe(attempts);
  }
}
