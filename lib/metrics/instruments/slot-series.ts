import type { SlotStore } from './slot-store.js';

/** Counts and logs a value that cannot be recorded. It never throws. */
export type Refuse = (rule: string, value: unknown) => void;

/** One series of an instrument: a slot in the store that holds the values of all its series. */
export abstract class SlotSeries {
  /** @internal */
  protected store: SlotStore;
  /** @internal */
  protected offset: number;
  /** @internal */
  protected readonly refuse: Refuse;

  /** @internal */
  constructor(store: SlotStore, offset: number, refuse: Refuse) {
    this.store = store;
    this.offset = offset;
    this.refuse = refuse;
  }

  /** @internal Releases the slot. Later recordings on this object have no effect. */
  detach(): void {
    this.store.release(this.offset);
    this.detached();
  }

  /** @internal Records into a store that no snapshot shows. */
  protected detached(): void {
    this.store = this.store.apart();
    this.offset = 0;
  }
}
