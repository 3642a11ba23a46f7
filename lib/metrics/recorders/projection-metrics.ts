import type { Outcome } from '../../kernel/errors/error-classification.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerIdentity, HandlerObserver, SampledSpan } from '../../kernel/observer.js';
import { LabelScope } from '../cardinality/label-scope.js';
import { ObserverCache } from '../cardinality/observer-cache.js';
import { projectionMetrics } from '../catalogue/projections.js';
import type { CounterSeries } from '../instruments/counter.js';
import type { Gauge } from '../instruments/gauge.js';
import type { HistogramSeries } from '../instruments/histogram.js';
import { type CatalogueInstruments, registerCatalogue } from './catalogue-instruments.js';
import type { KindMetrics, KindMetricsDeps } from './handler-metrics.js';

/** Records projection metrics from observations. */
export class ProjectionMetrics implements KindMetrics {
  readonly #observers: ObserverCache<ProjectionObserver>;
  readonly #kind: HandlerKind;
  readonly #bound = new Set<string>();
  readonly #idle = new Set<string>();
  readonly #active: Gauge;
  readonly #tally: Tally = { handled: 0, handling: 0 };

  constructor({ registry, errors, naming: { namespace } }: KindMetricsDeps, kind: HandlerKind) {
    const { nameLabel, errorSource } = kind;
    this.#kind = kind;
    const { active, ...instruments } = registerCatalogue(registry, projectionMetrics, {
      namespace,
    });
    const countError = errors.counterOf(errorSource);
    this.#observers = new ObserverCache({
      metrics: Object.values(instruments),
      scopeOf: ({ name }) => scopeOf(instruments, { [nameLabel]: name }),
      make: (scope, { buckets }) =>
        new ProjectionObserver(seriesOf(instruments, scope, buckets), countError, this.#tally),
    });
    errors.track(errorSource, () => {
      const failed = instruments.failed.sum();
      return { finished: this.#tally.handled + failed, failed };
    });
    this.#active = active;
    registry.onCollect(() => active.set(this.activeCount));
  }

  /** Number of projections that this process runs. */
  get activeCount(): number {
    return [...this.#bound].filter((it) => !this.#idle.has(it)).length;
  }

  /** Number of events or batches being handled. */
  get executing(): number {
    return this.#tally.handling;
  }

  /** Sets whether this process runs a projection for which it has handlers. */
  setRunning(name: string, isRunning: boolean): void {
    if (isRunning) this.#idle.delete(name);
    else if (this.#bound.has(name)) this.#idle.add(name);
    this.#active.set(this.activeCount);
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): ProjectionObserver {
    this.#bound.add(handler.name);
    return this.#observers.get(handler);
  }

  /**
   * Returns the observer for recordings that a projection runner makes by hand. It does not count the projection as one
   * that this process runs.
   */
  recorder(name: string): ProjectionObserver {
    return this.#observers.get({ kind: this.#kind, name, labels: {} });
  }
}

type Instruments = Omit<CatalogueInstruments<typeof projectionMetrics>, 'active'>;
type Series = ReturnType<typeof seriesOf>;

function scopeOf(instruments: Instruments, labels: Readonly<Record<string, string>>): LabelScope {
  const { processed, duration, batchSize, latency, ...plain } = instruments;
  const onDemand = [batchSize, latency];
  return new LabelScope(labels, [
    ...[...Object.values(plain), ...onDemand].map((it) => [it] as const),
    [processed, projectionModes.map((mode) => ({ mode }))],
    [duration, [{ outcome: 'success' }, { outcome: 'failure' }]],
  ]);
}

function seriesOf(instruments: Instruments, scope: LabelScope, buckets?: readonly number[]) {
  const { processed, skipped, failed, retries, deadLettered, duration } = instruments;
  return {
    live: scope.of(processed, { mode: 'live' }),
    rebuild: scope.of(processed, { mode: 'rebuild' }),
    skipped: scope.of(skipped),
    failed: scope.of(failed),
    retries: scope.of(retries),
    deadLettered: scope.of(deadLettered),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
    // Created on first use: an empty histogram would suggest a projection that reports these values but has no events.
    batchSizeOf: () => scope.of(instruments.batchSize),
    latencyOf: () => scope.of(instruments.latency),
  };
}

/** Processing mode of a projection: live operation or a rebuild. */
export type ProjectionMode = 'live' | 'rebuild';

const projectionModes: readonly ProjectionMode[] = ['live', 'rebuild'];

/** Totals over all projections. */
interface Tally {
  handled: number;
  handling: number;
}

/** Records the observations of one projection and the values that its runner reports. */
export class ProjectionObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #countError: (error: ErrorDescription) => void;
  readonly #tally: Tally;
  #processed: CounterSeries;
  #batchSize: HistogramSeries | undefined;
  #latency: HistogramSeries | undefined;

  constructor(series: Series, countError: (error: ErrorDescription) => void, tally: Tally) {
    this.#series = series;
    this.#countError = countError;
    this.#tally = tally;
    this.#processed = series.live;
  }

  /** Sets the mode of subsequent events. */
  setMode(mode: ProjectionMode): void {
    this.#processed = this.#series[mode];
  }

  started(): void {
    // Not exposed as a gauge: a projection handles one event at a time.
    this.#tally.handling++;
  }

  /** @param events - Number of applied events. @defaultValue 1 */
  succeeded(durationSeconds: number, _attempts = 1, events = 1): void {
    this.#tally.handling--;
    this.#tally.handled++;
    this.#processed.inc(events);
    this.#series.successSeconds.observe(durationSeconds);
  }

  /** @param latencySeconds - Time from the recording of an event until it was applied. */
  latency(latencySeconds: number): void {
    this.#latency ??= this.#series.latencyOf();
    this.#latency.observe(latencySeconds);
  }

  /** @param events - Number of events in an applied batch. */
  batchHandled(events: number): void {
    this.#batchSize ??= this.#series.batchSizeOf();
    this.#batchSize.observe(events);
  }

  /** A projection has no caller that could handle a rejection, so it counts as a failure. */
  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.failed(durationSeconds, attempts, error);
  }

  failed(durationSeconds: number, _attempts: number, error: ErrorDescription): void {
    this.#tally.handling--;
    this.#series.failed.inc();
    this.#series.failureSeconds.observe(durationSeconds);
    this.#countError(error);
  }

  endedUntimed(error?: ErrorDescription): void {
    if (error === undefined) {
      this.#tally.handled++;
      this.#processed.inc();
      return;
    }
    this.#series.failed.inc();
    this.#countError(error);
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    const { successSeconds, failureSeconds } = this.#series;
    const series = outcome === 'success' ? successSeconds : failureSeconds;
    series.exemplify(durationSeconds, span);
  }

  retried(): void {
    this.#series.retries.inc();
  }

  abandoned(): void {
    this.#tally.handling--;
  }

  /** @param events - Number of events that were irrelevant to this projection or already applied. */
  skipped(events: number): void {
    this.#series.skipped.inc(events);
  }

  /** @param events - Number of events that were moved to a dead-letter store. */
  deadLettered(events: number): void {
    this.#series.deadLettered.inc(events);
  }
}
