import type { SampledSpan } from '../../kernel/observer.js';
import { ExponentialHistogram } from './exponential-histogram.js';
import { Instrument, type LabelValues, seriesContext } from './instrument.js';
import { durationBuckets } from '../definition/metric-definition.js';
import { SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';
import { type MetricSnapshot, snapshotOf } from '../snapshot/snapshot.js';

/** One series of a {@link Histogram}. */
export class HistogramSeries extends SlotSeries {
  readonly #bounds: readonly number[];

  /** @internal */
  constructor({ store, bounds }: BucketLayout, offset: number, refuse: (reason: string) => void) {
    super(store, offset, refuse);
    this.#bounds = bounds;
  }

  /**
   * Records one value.
   *
   * @param value - A finite number in the metric's unit; anything else is counted in
   * `eventcore_observability_errors_total` and left out.
   */
  observe(value: number): void {
    this.observeTimes(value, 1);
  }

  /**
   * Records one value several times.
   *
   * @param value - As for {@link HistogramSeries.observe}.
   * @param times - A whole number of 0 or more.
   * @returns Whether it was recorded.
   * @internal
   */
  observeTimes(value: number, times: number): boolean {
    const { data } = this.store;
    const bounds = this.#bounds;
    const sumAt = this.offset + bounds.length + 1;
    const sum = data[sumAt]! + value * times;
    // The sum, and with it the value: one that overflows would poison the series for good.
    if (!Number.isFinite(sum)) {
      this.refuse(`a histogram takes finite numbers with a finite sum, not ${value}`);
      return false;
    }
    let bucket = 0;
    // Most durations fall into the first buckets, and there are few: a linear search beats a binary one.
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    data[this.offset + bucket]! += times;
    data[sumAt] = sum;
    return true;
  }

  /**
   * Shows where a value that was observed comes from: the most recent one of each bucket is kept.
   *
   * @param value - What was observed, a finite number; anything else is left out.
   * @param span - The sampled span that it belongs to.
   * @internal
   */
  exemplify(value: number, span: SampledSpan): void {
    if (!Number.isFinite(value)) return;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.store.exemplify(this.offset + bucket, value, span);
  }
}

/** A series that keeps exponential buckets as well. The others pay nothing for it. */
class ExponentialHistogramSeries extends HistogramSeries {
  readonly #exponential = new ExponentialHistogram();

  constructor(layout: BucketLayout, offset: number, refuse: (reason: string) => void) {
    super(layout, offset, refuse);
    layout.store.accompany(offset, this.#exponential);
  }

  override observeTimes(value: number, times: number): boolean {
    const recorded = super.observeTimes(value, times);
    if (recorded) this.#exponential.record(value, times);
    return recorded;
  }
}

interface BucketLayout {
  readonly bounds: readonly number[];
  readonly store: SlotStore;
}

/** A distribution: how long things took, how large they were. */
export class Histogram<L extends string = string> extends Instrument<HistogramSeries, L> {
  readonly #layouts = new Map<string, BucketLayout>();
  #current: BucketLayout | undefined;

  /**
   * Records in the series of a histogram without labels; with labels, in the one whose values are all empty.
   *
   * @param value - A finite number in the metric's unit.
   */
  observe(value: number): void {
    this.unlabelled().observe(value);
  }

  /**
   * Like {@link Instrument.labels}, with bounds of the series' own when it is new.
   *
   * @param bounds - Ascending, without +Inf. @defaultValue the metric's
   */
  labelsWithBounds(values: LabelValues<L>, bounds?: readonly number[]): HistogramSeries {
    return this.#withBounds(bounds, () => this.labels(values));
  }

  /** @internal Like {@link Instrument.seriesOf}, with bounds of the series' own when it is new. */
  seriesWithBounds(values: readonly string[], bounds?: readonly number[]): HistogramSeries {
    if (bounds === undefined) return this.seriesOf(values);
    return this.#withBounds(bounds, () => this.seriesOf(values));
  }

  /** {@inheritDoc Instrument.snapshot} */
  override snapshot(): MetricSnapshot {
    // A metric without series shows its bounds all the same.
    const layouts = new Set([this.#layout, ...this.#layouts.values()]);
    return snapshotOf(
      this.definition,
      [...layouts].map(({ store }) => store.snapshot()),
    );
  }

  protected override createSeries(labelValues: readonly string[]): HistogramSeries {
    const { exponentialHistograms } = this.context;
    const Series = exponentialHistograms ? ExponentialHistogramSeries : HistogramSeries;
    const layout = this.#layout;
    return new Series(layout, layout.store.allocate(labelValues), this.refuse);
  }

  #withBounds(bounds: readonly number[] | undefined, resolve: () => HistogramSeries) {
    const usual = this.#layout;
    if (bounds !== undefined) this.#current = this.#layoutOf(bounds);
    try {
      return resolve();
    } finally {
      this.#current = usual;
    }
  }

  /** That of series without bounds of their own, but while one with such bounds is made. */
  get #layout(): BucketLayout {
    return (this.#current ??= this.#layoutOf(this.definition.buckets ?? durationBuckets));
  }

  #layoutOf(bounds: readonly number[]): BucketLayout {
    const key = bounds.join();
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const context = seriesContext(this.definition, this.context);
    const store = new SlotStore(bounds.length + 2, bounds, context);
    const layout = { bounds: [...bounds], store };
    this.#layouts.set(key, layout);
    return layout;
  }
}
