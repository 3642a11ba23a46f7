import type { Faults } from '../../kernel/faults.js';
import { withinTime } from '../../kernel/time-limit.js';

/** How the streams of one store are counted. */
interface CensusSource {
  count(): number | bigint | Promise<number | bigint>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What a census of streams tells and what it reports to. */
export interface StreamCounterDeps {
  readonly source: CensusSource;
  readonly faults: Faults;
  /** Called with every result; `undefined` when the number of streams is not known. */
  counted(streams: number | undefined): void;
}

/**
 * Counts the streams of a store in the background, one count at a time: while the store does not answer, it is not asked
 * again. No scrape ever waits for it.
 */
export class StreamCounter {
  readonly #parts: StreamCounterDeps;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  constructor(parts: StreamCounterDeps) {
    this.#parts = parts;
  }

  /** Counts now and from then on. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#take(), this.#parts.source.intervalMs).unref();
    void this.#take();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #take(): Promise<void> {
    try {
      const streams = await this.#ask();
      if (this.#timer !== undefined) this.#parts.counted(streams);
    } catch (fault) {
      if (this.#timer !== undefined) this.#parts.counted(undefined);
      this.#parts.faults.report('active-streams', fault);
    }
  }

  async #ask(): Promise<number> {
    if (this.#isAsking) throw new Error('the count before has not answered yet');
    this.#isAsking = true;
    // Whenever it answers, in time or not, the next one may be asked.
    const answer = this.#countOnce().finally(() => (this.#isAsking = false));
    const { timeoutMs: limitMs } = this.#parts.source;
    const late = () => new Error(`the count took more than ${limitMs} ms`);
    const count = Number(await withinTime(answer, { limitMs }, late));
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new TypeError('the count of streams is no whole number, 0 or more');
  }

  async #countOnce(): Promise<number | bigint> {
    return this.#parts.source.count();
  }
}
