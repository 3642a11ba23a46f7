import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';

// Smaller pieces are merged, because each piece that is sent has a fixed cost.
const WORTH_SENDING = 8 * 1024;

/** Collects the bytes of a body in pieces of a reasonable size. */
export class ChunkedBody {
  readonly #whole: Uint8Array[] = [];
  #small: Uint8Array[] = [];
  #smallLength = 0;

  /** Adds bytes that must not be modified afterwards. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.length >= WORTH_SENDING) {
      this.#join();
      this.#whole.push(bytes);
      return;
    }
    this.#small.push(bytes);
    this.#smallLength += bytes.length;
    if (this.#smallLength >= WORTH_SENDING) this.#join();
  }

  /** Adds text. */
  addText(text: string): void {
    this.add(Buffer.from(text));
  }

  /** Returns all pieces in order. */
  finish(): readonly Uint8Array[] {
    this.#join();
    return this.#whole;
  }

  #join(): void {
    if (this.#small.length > 0) this.#whole.push(Buffer.concat(this.#small));
    this.#small = [];
    this.#smallLength = 0;
  }
}

const TURN_MS = 2;

/** Divides long work into turns of the event loop. */
export class YieldBudget {
  readonly #clock: Clock;
  #begunMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#begunMs = clock.monotonicMs();
  }

  /** True when the turn is over and {@link YieldBudget.yield} is due. */
  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#begunMs >= TURN_MS;
  }

  /** Resumes after all pending work of the event loop. */
  async yield(): Promise<void> {
    await nextTurn();
    this.#begunMs = this.#clock.monotonicMs();
  }
}
