import type { SlotStore } from './slot-store.js';

/** One series of an instrument: its place in the store that keeps the numbers of all of them. */
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

  /** @internal Frees its numbers; later values go to a store that no snapshot shows. */
  detach(): void {
    this.store.release(this.offset);
    this.store = this.store.apart();
    this.offset = 0;
  }
}
