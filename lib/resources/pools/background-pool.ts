import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { repeat, systemTimers, type Timers } from '../../kernel/timers.js';
import type { BackgroundPoolSource, PoolReading } from './pool-source.js';

const PERIOD_MS = 5_000;
const TIME_LIMIT_MS = 5_000;
const STALE_AFTER_MS = 3 * PERIOD_MS;

interface Observation {
  readonly startedMs: number;
  late: boolean;
}

interface Answer {
  readonly reading: PoolReading | undefined;
  readonly atMs: number;
}

/** Dependencies of a {@link BackgroundPool}. */
export interface BackgroundPoolDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  /** @defaultValue the system timers */
  readonly timers?: Timers | undefined;
}

/** Pool with asynchronous readings: polled on a timer, one request at a time. */
export class BackgroundPool {
  readonly #source: BackgroundPoolSource;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #cancel: () => void;
  #running: Observation | undefined;
  #last: Answer | undefined;

  constructor(source: BackgroundPoolSource, deps: BackgroundPoolDeps) {
    const { clock, faults, timers = systemTimers } = deps;
    this.#source = source;
    this.#clock = clock;
    this.#faults = faults;
    this.#cancel = repeat(timers, PERIOD_MS, () => this.#tick());
    this.#tick();
  }

  /** Returns the last reading; `undefined` when it is stale. */
  read(): PoolReading | undefined {
    if (this.#last === undefined) return undefined;
    const { reading, atMs } = this.#last;
    return this.#clock.monotonicMs() - atMs <= STALE_AFTER_MS ? reading : undefined;
  }

  /** Stops polling. */
  stop(): void {
    this.#cancel();
    this.#last = undefined;
  }

  #tick(): void {
    const running = this.#running;
    if (running === undefined) void this.#observe();
    else if (!running.late && this.#clock.monotonicMs() - running.startedMs >= TIME_LIMIT_MS) {
      // No further request starts before the answer, so that unanswered requests do not accumulate.
      running.late = true;
      this.#fail(new Error(`a pool returned no reading within ${TIME_LIMIT_MS / 1000} s`));
    }
  }

  async #observe(): Promise<void> {
    this.#running = { startedMs: this.#clock.monotonicMs(), late: false };
    try {
      const reading = await this.#source.observe();
      this.#last = { reading, atMs: this.#clock.monotonicMs() };
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = undefined;
    }
  }

  #fail(error: unknown): void {
    this.#last = undefined;
    this.#faults.report('connection_pool', error);
  }
}
