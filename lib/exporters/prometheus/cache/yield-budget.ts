import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';

const TURN_MS = 2;

/** Lets others have their turn during long work. */
export class YieldBudget {
  readonly #clock: Clock;
  #begunMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunMs = clock.monotonicMs();
  }

  /** Whether the turn is over: {@link YieldBudget.yield} is due. */
  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#begunMs >= TURN_MS;
  }

  /** Goes on after everything that waits for the event loop. */
  async yield(): Promise<void> {
    await nextTurn();
    this.#begunMs = this.#clock.monotonicMs();
  }
}
