import { Instrument, type InstrumentContext, seriesContext } from './instrument.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { SlotStore } from './slot-store.js';
import { type MetricSnapshot, snapshotOf } from '../snapshot/snapshot.js';

/** One series of a {@link Counter}. */
export class CounterSeries {
  #store: SlotStore;
  #offset: number;
  readonly #refuse: (reason: string) => void;

  /** @internal */
  constructor(store: SlotStore, offset: number, refuse: (reason: string) => void) {
    this.#store = store;
    this.#offset = offset;
    this.#refuse = refuse;
  }

  /**
   * Adds to the counter.
   *
   * @param amount - 0 or more; anything else is counted in `eventcore_observability_errors_total` and left out.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    const { data } = this.#store;
    const grown = data[this.#offset]! + amount;
    // The sum, and with it the amount: one that overflows would leave nothing to tell differences from.
    if (amount >= 0 && grown < Infinity) data[this.#offset] = grown;
    else this.#refuse(`a counter grows by a number of 0 or more to a finite one, not by ${amount}`);
  }

  /** @internal Frees its numbers; whoever still has it records where nobody looks. */
  detach(): void {
    this.#store.release(this.#offset);
    this.#store = new SlotStore(1);
    this.#offset = 0;
  }
}

/** A number that only grows: things that happened. */
export class Counter<L extends string = string> extends Instrument<CounterSeries, L> {
  readonly #context: InstrumentContext;
  #slots: SlotStore | undefined;

  /** @internal */
  constructor(definition: MetricDefinition<L>, context: InstrumentContext) {
    super(definition, context);
    this.#context = context;
  }

  /**
   * Adds to the series of a counter without labels; with labels, to the one whose values are all empty.
   *
   * @param amount - 0 or more. @defaultValue 1
   */
  inc(amount = 1): void {
    this.unlabelled().inc(amount);
  }

  /** The sum over all series. */
  sum(): number {
    return this.#store.sum();
  }

  /** {@inheritDoc Instrument.snapshot} */
  override snapshot(): MetricSnapshot {
    return snapshotOf(this.definition, [this.#store.snapshot()]);
  }

  protected override createSeries(labelValues: readonly string[]): CounterSeries {
    const offset = this.#store.allocate(labelValues);
    return new CounterSeries(this.#store, offset, this.refuse);
  }

  protected override detach(series: CounterSeries): void {
    series.detach();
  }

  get #store(): SlotStore {
    return (this.#slots ??= new SlotStore(1, [], seriesContext(this.definition, this.#context)));
  }
}
