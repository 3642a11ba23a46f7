import type { PluginContext } from '../../plugins/plugin.js';
import type { ProfileKind, TakenProfile } from '../formats/profile-kinds.js';
import { type RecordingEnd, recorders } from './recorder.js';

/** Reason for which no profile is taken now. */
export interface Refusal {
  readonly status: 409 | 503;
  readonly reason: string;
  /** Whole seconds, 1 or more. */
  readonly retryAfterSeconds: number;
}

/** End of a profile before its time. */
export class ProfileEnded extends Error {
  override readonly name = 'ProfileEnded';
}

/** A profile to take. */
export interface Wanted<Kind extends ProfileKind> {
  readonly kind: Kind;
  readonly seconds: number;
  /** Time after it in which no other one is taken on request. @defaultValue 0 */
  readonly pauseMs?: number;
  /** Ends it early; the profile is thrown away. */
  readonly stop: AbortController;
}

/** Parts of the context of a plugin that a slot uses. */
export type SlotTime = Pick<PluginContext, 'clock' | 'timers'>;

/** Takes one profile at a time, and none while the application shuts down. */
export class ProfileSlot {
  readonly #time: SlotTime;
  #running: AbortController | undefined;
  #freeAtMs = -Infinity;
  #isClosed = false;

  constructor(time: SlotTime) {
    this.#time = time;
  }

  /** True if a profile may be taken that was not requested: pauses are for requests. */
  get isFree(): boolean {
    return !this.#isClosed && this.#running === undefined;
  }

  /** Returns the reason for which no profile can be taken on request; `undefined` if one can. */
  refusal(): Refusal | undefined {
    const waitMs = this.#freeAtMs - this.#time.clock.monotonicMs();
    if (this.isFree && waitMs <= 0) return undefined;
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
    if (this.#isClosed)
      return { status: 503, reason: 'The application shuts down.', retryAfterSeconds };
    const state = this.isFree
      ? 'A profile was taken a moment ago'
      : 'Another profile is being taken';
    const reason = `${state}. The next one can be taken in ${retryAfterSeconds} s.`;
    return { status: 409, reason, retryAfterSeconds };
  }

  /**
   * Takes a profile, where {@link isFree} is true.
   *
   * @throws ProfileEnded if it ends before its time.
   */
  async take<Kind extends ProfileKind>(wanted: Wanted<Kind>): Promise<TakenProfile<Kind>> {
    const { kind, seconds, stop, pauseMs } = wanted;
    const { clock } = this.#time;
    return this.hold({ stop, pauseMs, lengthMs: seconds * 1_000 }, async (end) => {
      const [startMs, beganMs] = [clock.wallMs(), clock.monotonicMs()];
      const profile = (await recorders[kind](end)) as TakenProfile<Kind>['profile'];
      return { kind, profile, startMs, durationMs: clock.monotonicMs() - beganMs };
    });
  }

  /** Holds the slot during some work, which ends by itself, or by `end` after `lengthMs`. */
  async hold<T>(
    { stop, pauseMs = 0, lengthMs = 0 }: HoldOptions,
    work: (end: RecordingEnd) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#time;
    this.#running = stop;
    this.#freeAtMs = clock.monotonicMs() + lengthMs + pauseMs;
    let freeAtMs = -Infinity;
    try {
      const result = await work(() => this.#elapse(lengthMs, stop.signal));
      // No pause follows a profile that nobody got.
      freeAtMs = clock.monotonicMs() + pauseMs;
      return result;
    } finally {
      this.#running = undefined;
      this.#freeAtMs = freeAtMs;
    }
  }

  /** Ends the profile that is being taken, and refuses others. */
  close(): void {
    this.#isClosed = true;
    this.#running?.abort(new ProfileEnded('the application shuts down'));
  }

  #elapse(lengthMs: number, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      const cancel = this.#time.timers.after(lengthMs, resolve);
      const end = () => {
        cancel();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

interface HoldOptions {
  readonly stop: AbortController;
  readonly pauseMs?: number | undefined;
  readonly lengthMs?: number;
}
