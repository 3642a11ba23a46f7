import type { Timers } from '../../kernel/timers.js';
import type { RecordingEnd } from './recorder.js';

/** Reason why no profile is taken now. */
export interface Refusal {
  readonly status: 409 | 503;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** Reason why a profile ended before its time. */
export class ProfileEnded extends Error {
  override readonly name = 'ProfileEnded';
}

/** A profile to take. */
export interface Recording<T> {
  readonly seconds: number;
  /** Time after it in which no other one is taken on request. */
  readonly pauseMs: number;
  /** Ends it early; it is thrown away. */
  readonly stop: AbortController;
  record(end: RecordingEnd): Promise<T>;
}

/** Takes one profile at a time, none while the application shuts down. */
export class ProfileSlot {
  readonly #timers: Timers;
  readonly #nowMs: () => number;
  #running: AbortController | undefined;
  #freeAtMs = -Infinity;
  #isClosed = false;

  /** @param nowMs - Monotonic time. */
  constructor(timers: Timers, nowMs: () => number) {
    this.#timers = timers;
    this.#nowMs = nowMs;
  }

  /** True while a profile is taken. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Returns why no profile can be taken on request; `undefined` if one can. */
  refusal(): Refusal | undefined {
    if (this.#isClosed) return { status: 503, reason: 'The application shuts down.' };
    const waitMs = this.#freeAtMs - this.#nowMs();
    if (!this.isBusy && waitMs <= 0) return undefined;
    const reason = this.isBusy ? 'A profile is being taken.' : 'A profile was taken a moment ago.';
    return { status: 409, reason, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }

  /** Returns true if a profile may be taken that nobody asked for. */
  get isOpen(): boolean {
    return !this.#isClosed && !this.isBusy;
  }

  /**
   * Takes a profile, where {@link isOpen} is true.
   *
   * @throws ProfileEnded if it ends before its time.
   */
  async take<T>({ seconds, pauseMs, stop, record }: Recording<T>): Promise<T> {
    this.#running = stop;
    const lengthMs = seconds * 1_000;
    this.#freeAtMs = this.#nowMs() + lengthMs + pauseMs;
    try {
      return await record(() => this.#elapse(lengthMs, stop.signal));
    } finally {
      this.#running = undefined;
      this.#freeAtMs = this.#nowMs() + pauseMs;
    }
  }

  /** Ends the profile that is being taken, and refuses others. */
  close(): void {
    this.#isClosed = true;
    this.#running?.abort(new ProfileEnded('The application shuts down.'));
  }

  async #elapse(lengthMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const cancel = this.#timers.after(lengthMs, resolve);
      const end = () => {
        cancel();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
