import type { Clock } from '../../kernel/clock.js';
import type { ErrorDescription } from '../../kernel/error-classification.js';
import { type CatalogueNaming, registerCatalogue } from './catalogue-instruments.js';
import { errorMetrics } from '../catalogue/errors.js';
import { ErrorRate, type Totals } from './error-rate.js';
import type { MetricRegistry } from '../registry.js';

/** Where a failure happened. */
export type ErrorSource = 'command' | 'query' | 'projection' | 'event_store';

/** `errors_total` and `error_rate_ratio` over all sources. */
export class ErrorMetrics {
  readonly #clock: Clock;
  readonly #instruments;
  readonly #rates = new Map<ErrorSource, ErrorRate>();

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
  count(source: ErrorSource, { type, category }: ErrorDescription): void {
    this.#instruments.errors.labels({ source, error_type: type, category }).inc();
  }

  /** Publishes the error rate of a source from its running totals. */
  track(source: ErrorSource, read: () => Totals): void {
    this.#rates.set(source, new ErrorRate(this.#clock, read));
  }

  /** The error rate of a source, when it is tracked. */
  rate(source: ErrorSource): ErrorRate | undefined {
    return this.#rates.get(source);
  }

  /** Takes the sample of this second for every source. */
  sample(): void {
    for (const rate of this.#rates.values()) rate.sample();
  }
}
