import { ScalarInstrument, seriesContext } from './instrument.js';
import { SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';

/** One series of a {@link Counter}. */
export class CounterSeries extends SlotSeries {
  /**
   * Adds to the counter.
   *
   * @param amount - 0 or more; anything else is counted in `eventcore_observability_errors_total` and left out.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    const { data } = this.store;
    const grown = data[this.offset]! + amount;
    // The sum, and with it the amount: one that overflows would leave nothing to tell differences from.
    if (amount >= 0 && grown < Infinity) data[this.offset] = grown;
    else this.refuse(`a counter grows by a number of 0 or more to a finite one, not by ${amount}`);
  }
}

/** A number that only grows: things that happened. */
export class Counter<L extends string = string> extends ScalarInstrument<CounterSeries, L> {
  /**
   * Adds to the series of a counter without labels; with labels, to the one whose values are all empty.
   *
   * @param amount - 0 or more. @defaultValue 1
   */
  inc(amount = 1): void {
    this.unlabelled().inc(amount);
  }

  protected override createSeries(labelValues: readonly string[]): CounterSeries {
    const offset = this.store.allocate(labelValues);
    return new CounterSeries(this.store, offset, this.refuse);
  }

  /** @internal */
  protected override makeStore(): SlotStore {
    return new SlotStore(1, [], seriesContext(this.definition, this.context));
  }
}
