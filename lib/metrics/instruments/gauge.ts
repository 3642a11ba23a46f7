import { Instrument, type InstrumentContext } from './instrument.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { SlotStore } from './slot-store.js';
import { type MetricSnapshot, snapshotOf } from '../snapshot/snapshot.js';

/** One series of a {@link Gauge}. */
export class GaugeSeries {
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
   * Sets the gauge.
   *
   * @param value - A finite number; anything else is counted in `eventcore_observability_errors_total` and left out.
   */
  set(value: number): void {
    if (Number.isFinite(value)) {
      this.#store.data[this.#offset] = value;
      this.#store.touch?.(this.#offset);
    } else this.#refuse(`a gauge takes finite numbers, not ${value}`);
  }

  /**
   * Raises the gauge.
   *
   * @param amount - A finite number; one that is not, or that takes the gauge beyond all numbers, is counted and left out.
   * @defaultValue 1
   */
  inc(amount = 1): void {
    const { data } = this.#store;
    const changed = data[this.#offset]! + amount;
    // The sum, and with it the amount: one that overflows would never come back.
    if (Number.isFinite(changed)) {
      data[this.#offset] = changed;
      this.#store.touch?.(this.#offset);
    } else this.#refuse(`a gauge changes by finite numbers to a finite one, not by ${amount}`);
  }

  /**
   * Lowers the gauge.
   *
   * @param amount - A finite number. @defaultValue 1
   */
  dec(amount = 1): void {
    this.inc(-amount);
  }

  /** @internal Frees its numbers; whoever still has it records where nobody looks. */
  detach(): void {
    this.#store.release(this.#offset);
    this.#store = new SlotStore(1);
    this.#offset = 0;
  }
}

/** A number that goes up and down: how things are now. */
export class Gauge<L extends string = string> extends Instrument<GaugeSeries, L> {
  readonly #context: InstrumentContext;
  #slots: SlotStore | undefined;

  /** @internal */
  constructor(definition: MetricDefinition<L>, context: InstrumentContext) {
    super(definition, context);
    this.#context = context;
  }

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

  /** The sum over all series. */
  sum(): number {
    return this.#store.sum();
  }

  /** {@inheritDoc Instrument.snapshot} */
  override snapshot(): MetricSnapshot {
    return snapshotOf(this.definition, [this.#store.snapshot()]);
  }

  protected override createSeries(labelValues: readonly string[]): GaugeSeries {
    const offset = this.#store.allocate(labelValues);
    return new GaugeSeries(this.#store, offset, this.refuse);
  }

  protected override detach(series: GaugeSeries): void {
    series.detach();
  }

  get #store(): SlotStore {
    if (this.#slots !== undefined) return this.#slots;
    this.#slots = new SlotStore(1, [], this.#context);
    if (this.definition.aggregation === 'last') this.#slots.keepTimes();
    return this.#slots;
  }
}
