import type { Clock } from '../../kernel/clock.js';

/** Stage, as the events that wait for it see it. */
interface FlowStage {
  in: number;
  add(flow: Flow, owner: object): void;
  remove(flow: Flow): void;
  drop(reason: 'overflow' | 'cancelled', events?: number): void;
}

/** Event that has arrived at a stage. */
interface Arrival {
  readonly event: unknown;
  readonly atMs: number;
  hasBegun: boolean;
}

/** Events of one subscription of a flattening stage, in the order in which rxjs begins their work. */
export class Flow {
  readonly #stage: FlowStage;
  readonly #clock: () => Clock;
  /** True if an event that cannot be worked on at once is dropped, not kept. */
  readonly #isExhausting: boolean;
  #waiting: Arrival[] = [];
  #head = 0;
  #arriving: Arrival | undefined;

  constructor(stage: FlowStage, clock: () => Clock, isExhausting: boolean) {
    this.#stage = stage;
    this.#clock = clock;
    this.#isExhausting = isExhausting;
  }

  /** Begins the subscription of an owner, to which the flow does not refer. */
  open(owner: object): void {
    this.#stage.add(this, owner);
  }

  /** Number of events that wait. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** Time since which the oldest of them has waited; `undefined` for none. */
  get oldestMs(): number | undefined {
    return this.#waiting[this.#head]?.atMs;
  }

  /** The oldest of them. */
  get oldest(): unknown {
    return this.#waiting[this.#head]?.event;
  }

  /** Passes an event on to rxjs, which begins its work at once, later, or never. */
  arrive(event: unknown, pass: () => void): void {
    this.#stage.in++;
    const before = this.#arriving;
    const arrival = { event, atMs: this.#clock().monotonicMs(), hasBegun: false };
    this.#arriving = arrival;
    try {
      pass();
    } finally {
      this.#arriving = before;
    }
    if (arrival.hasBegun) return;
    if (this.#isExhausting) this.#stage.drop('overflow');
    else this.#waiting.push(arrival);
  }

  /** Notes that rxjs begins the work on the event that has arrived, or else on the oldest one that waits. */
  begin(): void {
    const arriving = this.#arriving;
    if (arriving !== undefined && !arriving.hasBegun) {
      arriving.hasBegun = true;
      return;
    }
    this.#head++;
    if (this.#head < 1_024 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  /** Ends the subscription. Events that still wait are given up. */
  close(): void {
    this.#stage.drop('cancelled', this.waiting);
    this.#waiting = [];
    this.#head = 0;
    this.#stage.remove(this);
  }
}
