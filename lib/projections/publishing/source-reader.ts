import type { Clock } from '../../kernel/clock.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { Timers } from '../../kernel/timers.js';
import { aborted } from '../../kernel/time-limit.js';

/** Reads the scopes from a source. */
export type ReadSource<A> = (
  scopes: readonly ProjectionScope[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, A>>;

/** Settings of a {@link SourceReader}. */
export interface ReadingRules {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly periodMs: number;
  readonly timeoutMs: number;
}

// Bounds the retry interval, so that a recovered source is read again within a minute.
const MAX_BACKOFF_MS = 60_000;

/** Reads one source: one read at a time, with a time limit, and with exponential backoff while reads fail. */
export class SourceReader<A> {
  readonly #read: ReadSource<A>;
  readonly #rules: ReadingRules;
  #failures = 0;
  #notBeforeMs = -Infinity;
  #running: AbortController | undefined;

  constructor(read: ReadSource<A>, rules: ReadingRules) {
    this.#read = read;
    this.#rules = rules;
  }

  /** True when the backoff of the source has elapsed. */
  get isDue(): boolean {
    return this.#rules.clock.monotonicMs() >= this.#notBeforeMs;
  }

  /** Reads the scopes. Never rejects: a scope that cannot be read is {@link Unreadable}. */
  async read(scopes: readonly ProjectionScope[]): Promise<ReadonlyMap<string, A | Unreadable>> {
    try {
      if (this.#running !== undefined) throw late('the previous read is still running');
      const answers = await this.#readInTime(scopes);
      this.#failures = 0;
      return answers;
    } catch (cause) {
      this.#backOff();
      const unreadable = new Unreadable(cause);
      return new Map(scopes.map(({ key }) => [key, unreadable]));
    }
  }

  /** Aborts the running read. */
  abort(): void {
    this.#running?.abort(new Error('the application is shutting down'));
  }

  async #readInTime(scopes: readonly ProjectionScope[]): Promise<ReadonlyMap<string, A>> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running = controller;
    const { timers, timeoutMs } = this.#rules;
    const cancel = timers.after(timeoutMs, () =>
      controller.abort(late(`no answer within ${timeoutMs} ms`)),
    );
    const ended = () => (this.#running = undefined);
    try {
      const answers = Promise.resolve(this.#read(scopes, signal));
      answers.then(ended, ended);
      return checked(await Promise.race([answers, aborted(signal)]));
    } catch (error) {
      // A synchronous throw leaves no promise that could settle later.
      if (!signal.aborted) ended();
      throw error;
    } finally {
      cancel();
    }
  }

  #backOff(): void {
    const { clock, periodMs } = this.#rules;
    const delayMs = Math.min(periodMs * 2 ** this.#failures, Math.max(MAX_BACKOFF_MS, periodMs));
    this.#failures++;
    // Half a period of tolerance keeps the first retry in the next round instead of the one after it.
    this.#notBeforeMs = clock.monotonicMs() + delayMs - periodMs / 2;
  }
}

function late(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}

function checked<A>(answers: ReadonlyMap<string, A>): ReadonlyMap<string, A> {
  if (answers instanceof Map) return answers;
  throw new TypeError('a source must return a Map');
}
