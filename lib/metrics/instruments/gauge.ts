import { ScalarInstrument } from './instrument.js';
import { SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';

/** One series of a {@link Gauge}. */
export class GaugeSeries extends SlotSeries {
  /**
   * Sets the gauge.
   *
   * @param value - A finite number; anything else is counted in `eventcore_observability_errors_total` and left out.
   */
  set(value: number): void {
    if (Number.isFinite(value)) {
      this.store.data[this.offset] = value;
      this.store.touch?.(this.offset);
    } else this.refuse(`a gauge takes finite numbers, not ${value}`);
  }

  /**
   * Raises the gauge.
   *
   * @param amount - A finite number; one that is not, or that takes the gauge beyond all numbers, is counted and left out.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    const { data } = this.store;
    const changed = data[this.offset]! + amount;
    // The sum, and with it the amount: one that overflows would never come back.
    if (Number.isFinite(changed)) {
      data[this.offset] = changed;
      this.store.touch?.(this.offset);
    } else this.refuse(`a gauge changes by finite numbers to a finite one, not by ${amount}`);
  }

  /**
   * Lowers the gauge.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  dec(amount = 1): void {
    this.inc(-amount);
  }
}

/** A number that goes up and down: how things are now. */
export class Gauge<L extends string = string> extends ScalarInstrument<GaugeSeries, L> {
  /**
   * Sets the series of a gauge without labels; with labels, the one whose values are all empty.
   *
   * @param value - A finite number.
   */
  set(value: number): void {
    this.unlabelled().set(value);
  }

  /**
   * Raises the same series as {@link Gauge.set}.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  inc(amount = 1): void {
    this.unlabelled().inc(amount);
  }

  /**
   * Lowers the same series as {@link Gauge.set}.
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
