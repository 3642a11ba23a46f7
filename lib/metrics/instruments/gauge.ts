import { ScalarInstrument } from './instrument.js';
import { SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';

/** One series of a {@link Gauge}. */
export class GaugeSeries extends SlotSeries {
  /**
   * Sets the gauge.
   *
   * @param value - A finite number. Any other value is ignored and counted in `eventcore_observability_errors_total`.
   */
  set(value: number): void {
    if (Number.isFinite(value)) {
      this.store.data[this.offset] = value;
      this.store.touch?.(this.offset);
    } else this.refuse('a gauge accepts finite numbers', value);
  }

  /**
   * Increases the gauge.
   *
   * @param amount - A finite number. An amount that is not finite or makes the gauge infinite is ignored and counted in
   * `eventcore_observability_errors_total`.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    if (!this.#change(amount)) {
      this.refuse('a gauge changes by finite numbers and stays finite', amount);
    }
  }

  /**
   * Decreases the gauge.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  dec(amount = 1): void {
    // `-amount` throws for a symbol, and turns text and bigints into other values.
    if (typeof amount !== 'number' || !this.#change(-amount)) {
      this.refuse('a gauge changes by finite numbers and stays finite', amount);
    }
  }

  #change(amount: number): boolean {
    if (typeof amount !== 'number') return false;
    const { data } = this.store;
    const changed = data[this.offset]! + amount;
    // The sum is checked as well as the amount: an infinite gauge could never return to a finite value.
    if (!Number.isFinite(changed)) return false;
    data[this.offset] = changed;
    this.store.touch?.(this.offset);
    return true;
  }
}

/** A current value that can increase and decrease, such as a queue length. */
export class Gauge<L extends string = string> extends ScalarInstrument<GaugeSeries, L> {
  /**
   * Sets the series without labels; for a metric with labels, the series whose values are all empty.
   *
   * @param value - A finite number.
   */
  set(value: number): void {
    this.unlabelled().set(value);
  }

  /**
   * Increases the same series as {@link Gauge.set}.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  inc(amount = 1): void {
    this.unlabelled().inc(amount);
  }

  /**
   * Decreases the same series as {@link Gauge.set}.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  dec(amount = 1): void {
    this.unlabelled().dec(amount);
  }

  protected override createSeries(labelValues: readonly string[]): GaugeSeries {
    const offset = this.store.allocate(labelValues);
    return new GaugeSeries(this.store, offset, this.refuse);
  }

  /** @internal */
  protected override makeStore(): SlotStore {
    const store = new SlotStore(1, [], this.context);
    if (this.definition.aggregation === 'last') store.keepTimes();
    return store;
  }
}
