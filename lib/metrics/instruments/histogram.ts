import type { SampledSpan } from '../../kernel/observer.js';
import { ExponentialHistogram } from './exponential-histogram.js';
import { Instrument, type LabelValues, seriesContext } from './instrument.js';
import { durationBuckets } from '../definition/metric-definition.js';
import { type Refuse, SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';
import { type MetricSnapshot, snapshotOf } from '../snapshot/snapshot.js';

/** More bounds make every observation slow, and every scrape large. */
const MAX_BOUNDS = 1_000;

function areBounds(values: readonly unknown[]): boolean {
  return (
    values.length > 0 &&
    values.every((it, i) => Number.isFinite(it) && (i === 0 || Number(it) > Number(values[i - 1])))
  );
}

/** Offset of a series without a value. */
const NO_SLOT = -1;

/** One series of a {@link Histogram}. It is exposed from its first value. */
export class HistogramSeries extends SlotSeries {
  readonly #bounds: readonly number[];
  #identity: SeriesIdentity | undefined;

  /** @internal */
  constructor({ store, bounds }: BucketLayout, identity: SeriesIdentity, refuse: Refuse) {
    super(store, NO_SLOT, refuse);
    this.#bounds = bounds;
    this.#identity = identity;
  }

  /**
   * Records one value.
   *
   * @param value - A finite number in the metric's unit. Any other value is ignored and counted in
   * `eventcore_observability_errors_total`.
   */
  observe(value: number): void {
    this.observeTimes(value, 1);
  }

  /**
   * Records one value several times.
   *
   * @param value - As for {@link HistogramSeries.observe}.
   * @param times - An integer of 0 or more.
   * @returns `true` when the value was recorded.
   * @internal
   */
  observeTimes(value: number, times: number): boolean {
    if (typeof value !== 'number') {
      this.refuse('a histogram accepts finite numbers', value);
      return false;
    }
    if (this.offset === NO_SLOT) {
      if (times === 0) return true;
      if (Number.isFinite(value * times)) this.begin();
    }
    const { data } = this.store;
    const bounds = this.#bounds;
    const sumAt = this.offset + bounds.length + 1;
    const sum = data[sumAt]! + value * times;
    // The sum is checked as well as the value: an infinite sum would make the series permanently useless.
    if (!Number.isFinite(sum)) {
      this.refuse('a histogram accepts finite numbers with a finite sum', value);
      return false;
    }
    let bucket = 0;
    // Most durations fall into the first of few buckets, so a linear search is faster than a binary one.
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    data[this.offset + bucket]! += times;
    data[sumAt] = sum;
    return true;
  }

  /**
   * Attaches an exemplar to an observed value. Each bucket keeps its most recent exemplar.
   *
   * @param value - The observed value, a finite number; any other value is ignored.
   * @param span - The sampled span of the observation.
   * @internal
   */
  exemplify(value: number, span: SampledSpan): void {
    if (!Number.isFinite(value)) return;
    // The value may still be in the buffer.
    if (this.offset === NO_SLOT) this.begin();
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.store.exemplify(this.offset + bucket, value, span);
  }

  /** @internal Releases the slot. Later recordings on this object have no effect. */
  override detach(): void {
    this.#identity = undefined;
    if (this.offset !== NO_SLOT) super.detach();
    else this.detached();
  }

  /** @internal Takes a slot in the store, for the first value. */
  protected begin(): void {
    const { labelValues, createdAtMs } = this.#identity!;
    this.offset = this.store.allocate(labelValues, createdAtMs);
    this.#identity = undefined;
  }
}

/** A series with additional exponential buckets. It is a subclass so that other series have no extra cost. */
class ExponentialHistogramSeries extends HistogramSeries {
  readonly #exponential = new ExponentialHistogram();

  protected override begin(): void {
    super.begin();
    this.store.accompany(this.offset, this.#exponential);
  }

  override observeTimes(value: number, times: number): boolean {
    const recorded = super.observeTimes(value, times);
    if (recorded) this.#exponential.record(value, times);
    return recorded;
  }
}

/** Labels and creation time of a series that has no value yet. */
interface SeriesIdentity {
  readonly labelValues: readonly string[];
  readonly createdAtMs: number;
}

interface BucketLayout {
  readonly bounds: readonly number[];
  readonly store: SlotStore;
}

/** A distribution of observed values, such as durations or sizes. */
export class Histogram<L extends string = string> extends Instrument<HistogramSeries, L> {
  readonly #layouts = new Map<string, BucketLayout>();
  #current: BucketLayout | undefined;

  /**
   * Records in the series without labels; for a metric with labels, in the series whose values are all empty.
   *
   * @param value - A finite number in the metric's unit.
   */
  observe(value: number): void {
    this.unlabelled().observe(value);
  }

  /**
   * Returns the series of these label values like {@link Instrument.labels}. A new series uses the given bounds.
   *
   * @param bounds - Ascending, without `+Inf`. @defaultValue the bounds of the metric
   */
  labelsWithBounds(values: LabelValues<L>, bounds?: readonly number[]): HistogramSeries {
    const checked = bounds === undefined ? undefined : this.#checked(bounds);
    return this.#withBounds(checked, () => this.labels(values));
  }

  /**
   * @internal Returns the series of these values like {@link Instrument.seriesOf}. A new series uses the given bounds.
   */
  seriesWithBounds(values: readonly string[], bounds?: readonly number[]): HistogramSeries {
    if (bounds === undefined) return this.seriesOf(values);
    return this.#withBounds(bounds, () => this.seriesOf(values));
  }

  /** {@inheritDoc Instrument.shownCount} */
  override get shownCount(): number {
    let count = 0;
    for (const { store } of this.#layouts.values()) count += store.size;
    return count;
  }

  /** {@inheritDoc Instrument.snapshot} */
  override snapshot(): MetricSnapshot {
    // A metric without series still exposes its bounds.
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
    const identity = { labelValues, createdAtMs: this.context.wallMs() };
    return new Series(layout, identity, this.refuse);
  }

  /** Returns a copy, or `undefined` for what is no list of bounds: the series then has those of the metric. */
  #checked(bounds: readonly number[]): readonly number[] | undefined {
    try {
      if (Array.isArray(bounds) && bounds.length <= MAX_BOUNDS && areBounds([...bounds]))
        return [...bounds];
    } catch {
      // A list whose elements cannot be read.
    }
    this.refuse('bounds are finite numbers in ascending order', bounds);
    return undefined;
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

  /** Layout of new series: the default bounds, except while a series with custom bounds is created. */
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
