import type { ErrorDescription } from '../kernel/error-classification.js';
import type { HandlerIdentity, HandlerObserver, Observer } from '../kernel/observer.js';
import { outcomes } from '../kernel/outcome.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from './catalogue-instruments.js';
import { commandMetrics } from './catalogue/commands.js';
import type { ErrorMetrics } from './error-metrics.js';
import { BoundedObservers } from './bounded-observers.js';
import { LabelScope } from './label-scope.js';
import type { MetricRegistry } from './registry.js';

type Instruments = CatalogueInstruments<typeof commandMetrics>;

/** Turns observations of commands into the metrics of commands. */
export class CommandMetrics implements Observer {
  readonly #instruments: Instruments;
  readonly #observers: BoundedObservers<HandlerObserver>;

  constructor(registry: MetricRegistry, errors: ErrorMetrics, naming: CatalogueNaming) {
    const instruments = registerCatalogue(registry, commandMetrics, naming);
    this.#instruments = instruments;
    this.#observers = new BoundedObservers({
      metrics: Object.values(instruments),
      scopeOf: (handler) => scopeOf(instruments, handler),
      make: (scope, { buckets }) =>
        new CommandObserver(seriesOf(instruments, scope, buckets), errors),
    });
    errors.track('command', () => ({
      finished: instruments.finished.sum(),
      failed: instruments.failed.sum(),
    }));
  }

  /** Commands executing now. */
  get executing(): number {
    return this.#instruments.concurrent.sum();
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    return this.#observers.get(handler);
  }
}

type Series = ReturnType<typeof seriesOf>;

function scopeOf(instruments: Instruments, { name, labels }: HandlerIdentity): LabelScope {
  const { duration, retries: _perErrorType, ...plain } = instruments;
  return new LabelScope({ ...labels, command_type: name }, [
    ...Object.values(plain).map((it) => [it] as const),
    [duration, outcomes.map((outcome) => ({ outcome }))],
  ]);
}

function seriesOf(instruments: Instruments, scope: LabelScope, buckets?: readonly number[]) {
  const { duration, retries, ...plain } = instruments;
  return {
    finished: scope.of(plain.finished),
    succeeded: scope.of(plain.succeeded),
    rejected: scope.of(plain.rejected),
    failed: scope.of(plain.failed),
    concurrent: scope.of(plain.concurrent),
    attempts: scope.of(plain.attempts),
    events: scope.of(plain.events),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    rejectedSeconds: scope.histogram(duration, { outcome: 'rejected' }, buckets),
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
    retriesOf: (errorType: string) => scope.of(retries, { error_type: errorType }),
  };
}

class CommandObserver implements HandlerObserver {
  readonly #series: Series;
  readonly #errors: ErrorMetrics;

  constructor(series: Series, errors: ErrorMetrics) {
    this.#series = series;
    this.#errors = errors;
  }

  started(): void {
    this.#series.concurrent.inc();
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    const series = this.#series;
    this.#finish(attempts);
    series.succeeded.inc();
    series.successSeconds.observe(durationSeconds);
    if (events !== undefined) series.events.observe(events);
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

  retried({ type }: ErrorDescription): void {
    this.#series.retriesOf(type).inc();
  }

  abandoned(): void {
    this.#series.concurrent.dec();
  }

  #finish(attempts: number): void {
    this.#series.concurrent.dec();
    this.#series.finished.inc();
    this.#series.attempts.observe(attempts);
  }
}
