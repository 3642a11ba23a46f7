import { ScalarInstrument, seriesContext } from './instrument.js';
import { SlotSeries } from './slot-series.js';
import { SlotStore } from './slot-store.js';

/** One series of a {@link Counter}. */
export class CounterSeries extends SlotSeries {
  /**
   * Adds to the counter.
   *
   * @param amount - 0 or more. Any other value is ignored and counted in `eventcore_observability_errors_total`.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    // Plain JavaScript passes anything: text would be concatenated, and a bigint throws.
    if (typeof amount === 'number' && amount >= 0) {
      const { data } = this.store;
      const grown = data[this.offset]! + amount;
      // The sum is checked as well as the amount: an infinite counter would make every later difference meaningless.
      if (grown < Infinity) {
        data[this.offset] = grown;
        return;
      }
    }
    this.refuse('a counter increments by 0 or more and stays finite', amount);
  }

  /**
   * Raises the counter to a count that is kept elsewhere.
   *
   * @param total - A finite number.
   * @returns `false` for a count below the current one, which changes nothing.
   * @internal
   */
  raiseTo(total: number): boolean {
    const { data } = this.store;
    if (total < data[this.offset]!) return false;
    data[this.offset] = total;
    return true;
  }
}

/** A cumulative count that only increases, such as a number of requests. */
export class Counter<L extends string = string> extends ScalarInstrument<CounterSeries, L> {
  /**
   * Adds to the series without labels; for a metric with labels, to the series whose values are all empty.
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
