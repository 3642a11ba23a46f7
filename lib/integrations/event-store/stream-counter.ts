import type { Faults } from '../../kernel/faults.js';
import { notify, shown } from '../../kernel/hooks.js';
import type { StreamCountLimits } from './event-store-adapter.js';
import { withinTime } from '../../kernel/time-limit.js';
import { repeat, systemTimers, type Timers } from '../../kernel/timers.js';

/** Count function of one store, with its interval and time limit in milliseconds. */
interface CountSource {
  count(limits: StreamCountLimits): number | bigint | Promise<number | bigint>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** Dependencies of a {@link StreamCounter}. */
export interface StreamCounterDeps {
  readonly source: CountSource;
  readonly faults: Faults;
  /** @defaultValue the system timers */
  readonly timers?: Timers | undefined;
  /** Called with every result; `undefined` when the number of streams is unknown. */
  counted(streams: number | undefined): void;
}

/**
 * Counts the streams of a store in the background, one count at a time: the next count begins after the previous one
 * has answered, or has ended because it was given up. A scrape never waits for a count.
 */
export class StreamCounter {
  readonly #deps: StreamCounterDeps;
  #cancel: (() => void) | undefined;
  #running: AbortController | undefined;

  constructor(deps: StreamCounterDeps) {
    this.#deps = deps;
  }

  /** Counts immediately and then at every interval. */
  start(): void {
    if (this.#cancel !== undefined) return;
    const { timers = systemTimers, source } = this.#deps;
    this.#cancel = repeat(timers, source.intervalMs, () => void this.#take());
    void this.#take();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#running?.abort(new Error('the application is shutting down'));
  }

  async #take(): Promise<void> {
    const { faults, counted } = this.#deps;
    let streams: number | undefined;
    try {
      streams = await this.#count();
    } catch (fault) {
      if (this.#cancel !== undefined) faults.report('active_streams', fault);
    }
    if (this.#cancel !== undefined) notify(faults, 'active_streams', () => counted(streams));
  }

  async #count(): Promise<number> {
    if (this.#running !== undefined) throw new Error('the previous count is still running');
    const running = (this.#running = new AbortController());
    const { signal } = running;
    const { timers = systemTimers, source } = this.#deps;
    const { timeoutMs } = source;
    // A late answer also permits the next count.
    const answer = this.#countOnce({ signal, timeoutMs }).finally(
      () => (this.#running = undefined),
    );
    const answered = await withinTime(answer, { limitMs: timeoutMs, timers }, () => {
      const late = new Error(`the count took more than ${timeoutMs} ms`);
      running.abort(late);
      return late;
    });
    const count = typeof answered === 'bigint' ? Number(answered) : answered;
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new TypeError(`a stream count must be an integer, 0 or more, not ${shown(answered)}`);
  }

  async #countOnce(limits: StreamCountLimits): Promise<number | bigint> {
    return this.#deps.source.count(limits);
  }
}
