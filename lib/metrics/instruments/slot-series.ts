import type { SlotStore } from './slot-store.js';

/** One series of an instrument: a slot in the store that holds the values of all its series. */
export abstract class SlotSeries {
  /** @internal */
  protected store: SlotStore;
  /** @internal */
  protected offset: number;
  /** @internal */
  protected readonly refuse: (reason: string) => void;

  /** @internal */
  constructor(store: SlotStore, offset: number, refuse: (reason: string) => void) {
    this.store = store;
    this.offset = offset;
    this.refuse = refuse;
  }

  /** @internal Releases the slot. Later recordings on this object have no effect. */
  detach(): void {
    this.store.release(this.offset);
    this.store = this.store.apart();
    this.offset = 0;
  }
}
