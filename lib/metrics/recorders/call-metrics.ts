import type { Outcome } from '../../kernel/errors/error-classification.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerIdentity, HandlerObserver, SampledSpan } from '../../kernel/observer.js';
import { LabelScope, type ScopedMetric } from '../cardinality/label-scope.js';
import { ObserverCache } from '../cardinality/observer-cache.js';
import type { CatalogueMetric } from '../catalogue/catalogue-metric.js';
import type { Counter } from '../instruments/counter.js';
import type { Gauge } from '../instruments/gauge.js';
import type { Histogram } from '../instruments/histogram.js';
import { ObservationBuffer } from '../instruments/observation-buffer.js';
import { registerCatalogue } from './catalogue-instruments.js';
import type { KindMetrics, KindMetricsDeps, MeasuredKind } from './handler-metrics.js';

/** Metrics of one kind of calls. A kind leaves out what it does not record. */
interface CallMetricSet {
  /** Counter of finished calls, whatever their outcome. */
  readonly finished: CatalogueMetric;
  /** Counter of calls that succeeded. */
  readonly succeeded?: CatalogueMetric;
  /** Counter of calls that a business rule rejected. */
  readonly rejected?: CatalogueMetric;
  /** Counter of calls that failed. */
  readonly failed: CatalogueMetric;
  /** Histogram of call durations, with the label `outcome`. */
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

/** The instruments of one kind. All keys exist, so that the observers of all kinds have one shape. */
interface Instruments {
  readonly finished: Counter;
  readonly succeeded: Counter | undefined;
  readonly rejected: Counter | undefined;
  readonly failed: Counter;
  readonly duration: Histogram;
  readonly concurrent: Gauge;
  readonly attempts: Histogram | undefined;
  readonly retries: Counter | undefined;
  readonly events: Histogram | undefined;
}

/** Turns observations of one kind of calls into the metrics of that kind. */
export class CallMetrics implements KindMetrics {
  readonly #instruments: Instruments;
  readonly #observers: ObserverCache<CallObserver>;

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
    const countError = errors.counterOf(errorSource);
    this.#observers = new ObserverCache({
      metrics: Object.values(registered),
      scopeOf: ({ name, labels }) => new LabelScope({ ...labels, [nameLabel]: name }, scoped),
      make: (scope, { buckets }) => {
        const series = seriesOf(instruments, scope, { outcomes, buckets });
        return new CallObserver(series, countError);
      },
    });
    registry.onCollect(() => this.#publish());
    errors.track(errorSource, () => {
      this.#publish();
      return { finished: instruments.finished.sum(), failed: instruments.failed.sum() };
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

  #publish(): void {
    for (const observer of this.#observers.each()) observer.publish();
  }
}

function scopedMetrics(
  instruments: Instruments,
  outcomes: readonly Outcome[],
): readonly ScopedMetric[] {
  const { duration, retries: _perErrorType, ...plain } = instruments;
  return [
    ...Object.values(plain).flatMap((it) => (it === undefined ? [] : [[it] as const])),
    [duration, outcomes.map((outcome) => ({ outcome }))],
  ];
}

interface DurationSeries {
  readonly outcomes: readonly Outcome[];
  readonly buckets: readonly number[] | undefined;
}

type Series = ReturnType<typeof seriesOf>;

/** The series of a handler, with the same keys for every kind. */
function seriesOf(
  instruments: Instruments,
  scope: LabelScope,
  { outcomes, buckets }: DurationSeries,
) {
  const { succeeded, rejected, duration, attempts, retries, events } = instruments;
  return {
    finished: scope.of(instruments.finished),
    succeeded: succeeded && scope.of(succeeded),
    rejected: rejected && scope.of(rejected),
    failed: scope.of(instruments.failed),
    concurrent: scope.of(instruments.concurrent),
    attempts: attempts && scope.of(attempts),
    events: events && scope.of(events),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    rejectedSeconds: outcomes.includes('rejected')
      ? scope.histogram(duration, { outcome: 'rejected' }, buckets)
      : undefined,
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
    retriesOf: retries && ((type: string) => scope.of(retries, { error_type: type })),
  };
}

/** Buffers the values that every call changes and publishes them to the series when the metrics are read. */
class CallObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #countError: (error: ErrorDescription) => void;
  readonly #successSeconds: ObservationBuffer;
  #executing = 0;
  #published = 0;
  // Calls that succeeded at the first attempt: nearly all of them.
  #succeededAtOnce = 0;

  constructor(series: Series, countError: (error: ErrorDescription) => void) {
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

  started(): void {
    this.#executing++;
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    if (attempts === 1) {
      this.#executing--;
      this.#succeededAtOnce++;
    } else {
      this.#finish(attempts);
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
    this.#finish(attempts);
    rejected?.inc();
    rejectedSeconds.observe(durationSeconds);
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#finish(attempts);
    this.#series.failed.inc();
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

  #finish(attempts: number): void {
    this.#executing--;
    this.#series.finished.inc();
    this.#series.attempts?.observe(attempts);
  }
}
