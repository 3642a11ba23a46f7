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
import { commandMetrics } from '../catalogue/commands.js';
import type { ErrorMetrics } from './error-metrics.js';
import { ObserverCache } from '../cardinality/observer-cache.js';
import { LabelScope, type ScopedMetric } from '../cardinality/label-scope.js';
import { ObservationBuffer } from '../instruments/observation-buffer.js';
import type { MetricRegistry } from '../registry.js';

type Instruments = CatalogueInstruments<typeof commandMetrics>;

/** Turns observations of commands into the metrics of commands. */
export class CommandMetrics implements Observer {
  readonly #instruments: Instruments;
  readonly #observers: ObserverCache<CommandObserver>;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, naming: CatalogueNaming) {
    const instruments = registerCatalogue(registry, commandMetrics, naming);
    this.#instruments = instruments;
    const scoped = scopedMetrics(instruments);
    this.#observers = new ObserverCache({
      metrics: Object.values(instruments),
      scopeOf: ({ name, labels }) => new LabelScope({ ...labels, command_type: name }, scoped),
      make: (scope, { buckets }) =>
        new CommandObserver(seriesOf(instruments, scope, buckets), errors),
    });
    registry.onCollect(() => this.#publish());
    errors.track('command', () => {
      this.#publish();
      return { finished: instruments.finished.sum(), failed: instruments.failed.sum() };
    });
  }

  /** Commands executing now. */
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

function scopedMetrics(instruments: Instruments): readonly ScopedMetric[] {
  const { duration, retries: _perErrorType, ...plain } = instruments;
  return [
    ...Object.values(plain).map((it) => [it] as const),
    [duration, outcomes.map((outcome) => ({ outcome }))],
  ];
}

function seriesOf(instruments: Instruments, scope: LabelScope, buckets?: readonly number[]) {
  const { duration, retries } = instruments;
  return {
    finished: scope.of(instruments.finished),
    succeeded: scope.of(instruments.succeeded),
    rejected: scope.of(instruments.rejected),
    failed: scope.of(instruments.failed),
    concurrent: scope.of(instruments.concurrent),
    attempts: scope.of(instruments.attempts),
    events: scope.of(instruments.events),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    rejectedSeconds: scope.histogram(duration, { outcome: 'rejected' }, buckets),
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
    retriesOf: (errorType: string) => scope.of(retries, { error_type: errorType }),
  };
}

/** Keeps what every call changes in numbers of its own, which the series learn of when somebody reads them. */
class CommandObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #errors: ErrorMetrics;
  readonly #successSeconds: ObservationBuffer;
  #executing = 0;
  #published = 0;
  // Calls that succeeded at the first attempt: nearly all of them.
  #succeededAtOnce = 0;

  constructor(series: Series, errors: ErrorMetrics) {
    this.#series = series;
    this.#errors = errors;
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
    series.succeeded.inc(count);
    series.attempts.observeTimes(1, count);
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
      this.#series.succeeded.inc();
    }
    this.#successSeconds.add(durationSeconds);
    if (events !== undefined) this.#series.events.observe(events);
  }

  rejected(durationSeconds: number, attempts: number): void {
    this.#finish(attempts);
    this.#series.rejected.inc();
    this.#series.rejectedSeconds.observe(durationSeconds);
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#finish(attempts);
    this.#series.failed.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.#errors.count('command', error);
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    const { successSeconds, rejectedSeconds, failureSeconds } = this.#series;
    if (outcome === 'success') successSeconds.exemplify(durationSeconds, span);
    else
      (outcome === 'rejected' ? rejectedSeconds : failureSeconds).exemplify(durationSeconds, span);
  }

  retried({ type }: ErrorDescription): void {
    this.#series.retriesOf(type).inc();
  }

  abandoned(): void {
    this.#executing--;
  }

  #finish(attempts: number): void {
    this.#executing--;
    this.#series.finished.inc();
    this.#series.attempts.observe(attempts);
  }
}
