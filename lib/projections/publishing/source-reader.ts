import type { Clock } from '../../kernel/clock.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { Timers } from '../../kernel/timers.js';
import { aborted } from '../../kernel/time-limit.js';

/** Asks a source. */
export type Ask<A> = (
  scopes: readonly ProjectionScope[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, A>>;

/** How a source is read. */
export interface ReadingRules {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly periodMs: number;
  readonly timeoutMs: number;
}

// Attempts at a source that is gone become rarer, but a source that is back is found within a minute.
const MAX_BACKOFF_MS = 60_000;

/** Reads one source: one read at a time, within a time limit, and less often while nothing comes back. */
export class SourceReader<A> {
  readonly #ask: Ask<A>;
  readonly #rules: ReadingRules;
  #failures = 0;
  #notBeforeMs = -Infinity;
  #running: AbortController | undefined;

  constructor(ask: Ask<A>, rules: ReadingRules) {
    this.#ask = ask;
    this.#rules = rules;
  }

  /** Whether the source may be read now, as far as its failures go. */
  get isDue(): boolean {
    return this.#rules.clock.monotonicMs() >= this.#notBeforeMs;
  }

  /** Reads. Never rejects: what cannot be read is {@link Unreadable}. */
  async read(scopes: readonly ProjectionScope[]): Promise<ReadonlyMap<string, A | Unreadable>> {
    try {
      if (this.#running !== undefined) throw new Error('the read before is still running');
      const answers = await this.#readInTime(scopes);
      this.#failures = 0;
      return answers;
    } catch (cause) {
      this.#backOff();
      const unreadable = new Unreadable(cause);
      return new Map(scopes.map(({ key }) => [key, unreadable]));
    }
  }

  /** Ends the read that is running. */
  abort(): void {
    this.#running?.abort(new Error('the application shuts down'));
  }

  async #readInTime(scopes: readonly ProjectionScope[]): Promise<ReadonlyMap<string, A>> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running = controller;
    const { timers, timeoutMs } = this.#rules;
    const cancel = timers.after(timeoutMs, () =>
      controller.abort(new Error(`no answer within ${timeoutMs} ms`)),
    );
    const ended = () => (this.#running = undefined);
    try {
      const answers = Promise.resolve(this.#ask(scopes, signal));
      answers.then(ended, ended);
      return checked(await Promise.race([answers, aborted(signal)]));
    } catch (error) {
      // What threw at once has no promise to wait for.
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
    // The first attempt after a failure comes in its turn: a little earlier would be a period too late.
    this.#notBeforeMs = clock.monotonicMs() + delayMs - periodMs / 2;
  }
}

function checked<A>(answers: ReadonlyMap<string, A>): ReadonlyMap<string, A> {
  if (answers instanceof Map) return answers;
  throw new TypeError('a source answers with a Map');
}
