import type { Clock } from '../../kernel/clock.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { CounterSeries } from '../instruments/counter.js';
import { errorMetrics } from '../catalogue/errors.js';
import type { MetricRegistry } from '../registry.js';
import { type CatalogueNaming, registerCatalogue } from './catalogue-instruments.js';

/** Cumulative totals of one source since the application started. */
export interface Totals {
  readonly finished: number;
  readonly failed: number;
}

interface Sample extends Totals {
  readonly atMs: number;
}

/** Length of the error-rate window, in milliseconds. */
const ERROR_RATE_WINDOW_MS = 60_000;
const SAMPLE_GAP_MS = 1_000;

/**
 * Ratio of failed to finished calls over the last minute, computed from samples of running totals, so that recording a
 * call has no extra cost. The owner calls {@link ErrorRate.sample} once per second.
 */
export class ErrorRate {
  readonly #clock: Clock;
  readonly #read: () => Totals;
  // The newest sample that is at least one window old remains at the front as the baseline.
  readonly #samples: Sample[];

  /** @param read - Returns the current totals. */
  constructor(clock: Clock, read: () => Totals) {
    this.#clock = clock;
    this.#read = read;
    this.#samples = [{ finished: 0, failed: 0, atMs: clock.monotonicMs() }];
  }

  /** Adds a sample of the current totals and drops samples before the baseline. */
  sample(): void {
    const atMs = this.#clock.monotonicMs();
    const newest = this.#samples.at(-1) as Sample;
    if (atMs - newest.atMs >= SAMPLE_GAP_MS) this.#samples.push({ ...this.#read(), atMs });
    while (
      this.#samples.length > 1 &&
      atMs - (this.#samples[1] as Sample).atMs >= ERROR_RATE_WINDOW_MS
    ) {
      this.#samples.shift();
    }
  }

  /** Returns the number of calls that finished within the window. */
  finished(): number {
    return this.#window().finished;
  }

  /** Returns the ratio, 0 to 1; 0 when no call finished. */
  ratio(): number {
    const { finished, failed } = this.#window();
    return finished === 0 ? 0 : failed / finished;
  }

  #window(): Totals {
    this.sample();
    const now = this.#read();
    const base = this.#samples[0] as Sample;
    return { finished: now.finished - base.finished, failed: now.failed - base.failed };
  }
}

/** Recorder of `errors_total` and `error_rate_ratio` for all sources. */
export class ErrorMetrics {
  readonly #clock: Clock;
  readonly #instruments;
  readonly #rates = new Map<string, ErrorRate>();

  constructor(registry: MetricRegistry, clock: Clock, { namespace }: CatalogueNaming) {
    this.#clock = clock;
    this.#instruments = registerCatalogue(registry, errorMetrics, { namespace });
    registry.onCollect(() => {
      for (const [source, rate] of this.#rates) {
        this.#instruments.rate.labels({ source }).set(rate.ratio());
      }
    });
  }

  /** Returns the function that counts the failures of a source. */
  counterOf(source: string): (error: ErrorDescription) => void {
    const { errors } = this.#instruments;
    // By identity: descriptions are shared, and a lookup by labels costs more than all other records of a failure.
    const known = new WeakMap<ErrorDescription, CounterSeries>();
    return (error) => {
      const series = known.get(error);
      if (series !== undefined) return series.inc();
      const labels = { source, error_type: error.type, category: error.category };
      const isKept = errors.keeps(labels);
      const found = errors.labels(labels);
      // A lookup beyond the limit counts as one that was folded, each time.
      if (isKept) known.set(error, found);
      found.inc();
    };
  }

  /** Publishes the error rate of a source from its running totals. */
  track(source: string, read: () => Totals): void {
    this.#rates.set(source, new ErrorRate(this.#clock, read));
  }

  /** Returns the error rate of a source; `undefined` when it is not tracked. */
  rate(source: string): ErrorRate | undefined {
    return this.#rates.get(source);
  }

  /** Samples the totals of every source. */
  sample(): void {
    for (const rate of this.#rates.values()) rate.sample();
  }
}
