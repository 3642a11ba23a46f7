import type { Faults } from '../../kernel/faults.js';
import { shown } from '../../kernel/hooks.js';
import { withinTime } from '../../kernel/time-limit.js';

/** Count function of one store, with its interval and time limit in milliseconds. */
interface CountSource {
  count(): number | bigint | Promise<number | bigint>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Dependencies of a {@link StreamCounter}. */
export interface StreamCounterDeps {
  readonly source: CountSource;
  readonly faults: Faults;
  /** Called with every result; `undefined` when the number of streams is unknown. */
  counted(streams: number | undefined): void;
}

/**
 * Counts the streams of a store in the background, one count at a time: the next count waits for the previous answer. A
 * scrape never waits for a count.
 */
export class StreamCounter {
  readonly #deps: StreamCounterDeps;
  #timer: NodeJS.Timeout | undefined;
  #isCounting = false;

  constructor(deps: StreamCounterDeps) {
    this.#deps = deps;
  }

  /** Counts immediately and then at every interval. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#take(), this.#deps.source.intervalMs).unref();
    void this.#take();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #take(): Promise<void> {
    try {
      const streams = await this.#count();
      if (this.#timer !== undefined) this.#deps.counted(streams);
    } catch (fault) {
      if (this.#timer !== undefined) this.#deps.counted(undefined);
      this.#deps.faults.report('active_streams', fault);
    }
  }

  async #count(): Promise<number> {
    if (this.#isCounting) throw new Error('the previous count is still running');
    this.#isCounting = true;
    // A late answer also permits the next count.
    const answer = this.#countOnce().finally(() => (this.#isCounting = false));
    const { timeoutMs: limitMs } = this.#deps.source;
    const late = () => new Error(`the count took more than ${limitMs} ms`);
    const answered = await withinTime(answer, { limitMs }, late);
    const count = typeof answered === 'bigint' ? Number(answered) : answered;
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new TypeError(`a stream count must be an integer, 0 or more, not ${shown(answered)}`);
  }

  async #countOnce(): Promise<number | bigint> {
    return this.#deps.source.count();
  }
}
