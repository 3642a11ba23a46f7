import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';

// Smaller ones are copied together: each piece that is sent has a price of its own.
const WORTH_SENDING = 8 * 1024;

/** The bytes of a body, in pieces that are worth sending. */
export class ChunkedBody {
  readonly #whole: Uint8Array[] = [];
  #small: Uint8Array[] = [];
  #smallLength = 0;

  /** Adds bytes, which nobody changes afterwards. */
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

  /** All pieces, in their order. */
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
