import type { Clock } from '../../kernel/clock.js';
import type { Timers } from '../../kernel/timers.js';
import { type AlertNotification, NotificationError } from '../receivers/alert-receiver.js';

/** A notification on its way. */
export interface QueuedNotification {
  readonly notification: AlertNotification;
  /** Time after which the next one of the group takes its place: on the monotonic clock. */
  readonly untilMs: number;
  /** Called once the receiver has it. */
  sent(): void;
}

/** Result of a notification: `dropped` for one that the queue had no place for. */
export type NotificationOutcome = 'success' | 'failure' | 'dropped';

/** Dependencies of a {@link ReceiverQueue}. */
export interface ReceiverQueueDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Sends a notification once. */
  send(notification: AlertNotification, signal: AbortSignal): Promise<void>;
  counted(outcome: NotificationOutcome): void;
  report(error: unknown): void;
  /** Time limit of one attempt. */
  readonly timeoutMs: number;
}

const MAX_WAITING = 1_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Longest time for which a target may ask to be left alone. */
const LONGEST_REST_MS = 3_600_000;

/** Notifications of one receiver, one at a time, each tried again until the next one of its group is due. */
export class ReceiverQueue {
  readonly #deps: ReceiverQueueDeps;
  readonly #waiting = new Map<string, QueuedNotification>();
  #current: string | undefined;
  #work: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #isClosed = false;
  /** The target has asked to be left alone until then: on the monotonic clock. */
  #restUntilMs = 0;

  constructor(deps: ReceiverQueueDeps) {
    this.#deps = deps;
  }

  /** Notifications that wait, the one under way included. */
  get waiting(): number {
    return this.#waiting.size + (this.#current === undefined ? 0 : 1);
  }

  /** Adds a notification; it replaces a waiting one of its group. Beyond the bound the oldest is dropped. */
  add(queued: QueuedNotification): void {
    const { groupKey } = queued.notification;
    this.#waiting.delete(groupKey);
    this.#waiting.set(groupKey, queued);
    if (this.#waiting.size > MAX_WAITING) {
      const [oldest = ''] = this.#waiting.keys();
      this.#waiting.delete(oldest);
      this.#deps.counted('dropped');
    }
    // The newer one has all that the older one says.
    if (this.#current === groupKey) this.#wake();
    this.#work ??= this.#run().finally(() => (this.#work = undefined));
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Gives up what waits. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#wake();
  }

  async #run(): Promise<void> {
    for (;;) {
      const [[key, queued] = []] = this.#waiting;
      if (key === undefined || queued === undefined) return;
      this.#waiting.delete(key);
      this.#current = key;
      await this.#deliver(key, queued);
      this.#current = undefined;
    }
  }

  async #deliver(key: string, queued: QueuedNotification): Promise<void> {
    const { clock, counted, report } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      const error = this.#restFault(queued) ?? (await this.#attempt(queued.notification));
      if (error === undefined) {
        queued.sent();
        return counted('success');
      }
      const { isFinal, retryAfterMs } =
        error instanceof NotificationError ? error : { isFinal: false, retryAfterMs: undefined };
      const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** attempt, LONGEST_BACKOFF_MS);
      const restMs = Math.min(retryAfterMs ?? 0, LONGEST_REST_MS);
      if (restMs > 0) this.#restUntilMs = clock.monotonicMs() + restMs;
      const waitMs = Math.max(restMs, backoffMs);
      const isOver = clock.monotonicMs() + waitMs > queued.untilMs;
      if (isFinal || isOver || this.#isClosed) {
        report(error);
        return counted('failure');
      }
      await this.#pause(waitMs);
      if (this.#waiting.has(key) || this.#isClosed) return counted('failure');
    }
  }

  /** A target that asked to be left alone is not asked for other groups either. */
  #restFault({ untilMs }: QueuedNotification): NotificationError | undefined {
    const nowMs = this.#deps.clock.monotonicMs();
    const retryAfterMs = this.#restUntilMs - nowMs;
    if (retryAfterMs <= 0) return undefined;
    const isFinal = this.#restUntilMs > untilMs;
    return new NotificationError('the target asked to be left alone', { isFinal, retryAfterMs });
  }

  async #attempt(notification: AlertNotification): Promise<unknown> {
    const { timers, timeoutMs, send } = this.#deps;
    const abort = new AbortController();
    const late = () => abort.abort(new NotificationError(`no answer within ${timeoutMs} ms`));
    const cancel = timers.after(timeoutMs, late);
    const aborted = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error), {
        once: true,
      });
    });
    const sending = (async () => send(notification, abort.signal))();
    sending.catch(() => undefined);
    try {
      // A receiver that ignores the signal does not stop the others.
      await Promise.race([sending, aborted]);
      return undefined;
    } catch (error) {
      return error ?? new NotificationError('the receiver threw nothing');
    } finally {
      cancel();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
