import type { Clock } from '../../kernel/clock.js';
import type { ErrorDescription } from '../../kernel/error-classification.js';
import { errorMetrics } from '../catalogue/errors.js';
import type { MetricRegistry } from '../registry.js';
import { type CatalogueNaming, registerCatalogue } from './catalogue-instruments.js';

/** Cumulative numbers of one source since the application started. */
export interface Totals {
  readonly finished: number;
  readonly failed: number;
}

interface Sample extends Totals {
  readonly atMs: number;
}

/** Length of the window, in milliseconds. */
const ERROR_RATE_WINDOW_MS = 60_000;
const SAMPLE_GAP_MS = 1_000;

/**
 * Failures per finished call over the last minute, from samples of running totals: recording a call costs nothing more.
 * Whoever owns it calls {@link ErrorRate.sample} once a second.
 */
export class ErrorRate {
  readonly #clock: Clock;
  readonly #read: () => Totals;
  // The newest sample that is at least a window old stays at the front as the base line.
  readonly #samples: Sample[];

  /** @param read - Gives the totals now. */
  constructor(clock: Clock, read: () => Totals) {
    this.#clock = clock;
    this.#read = read;
    this.#samples = [{ finished: 0, failed: 0, atMs: clock.monotonicMs() }];
  }

  /** Remembers the totals now and forgets what the window no longer needs. */
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

  /** Finished calls of the window. */
  finished(): number {
    return this.#window().finished;
  }

  /** From 0 to 1; 0 when nothing finished. */
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

/** `errors_total` and `error_rate_ratio` over all sources. */
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

  /** Counts a failure. */
  count(source: string, { type, category }: ErrorDescription): void {
    this.#instruments.errors.labels({ source, error_type: type, category }).inc();
  }

  /** Publishes the error rate of a source from its running totals. */
  track(source: string, read: () => Totals): void {
    this.#rates.set(source, new ErrorRate(this.#clock, read));
  }

  /** The error rate of a source, when it is tracked. */
  rate(source: string): ErrorRate | undefined {
    return this.#rates.get(source);
  }

  /** Takes the sample of this second for every source. */
  sample(): void {
    for (const rate of this.#rates.values()) rate.sample();
  }
}
