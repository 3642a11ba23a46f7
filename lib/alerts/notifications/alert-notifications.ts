import type { Timers } from '../../kernel/timers.js';
import type { AlertReceiver, OpenReceiver, ReceiverHost } from '../receivers/alert-receiver.js';
import { Slices } from '../slices.js';
import {
  type AlertExplanations,
  type NotificationSettings,
  notificationOf,
} from './notification.js';
import {
  type GroupedAlert,
  type GroupFlush,
  NotificationGroups,
  type NotificationGroupsDeps,
} from './notification-groups.js';
import { type NotificationOutcome, ReceiverQueue } from './receiver-queue.js';

/** Dependencies of {@link AlertNotifications}. */
export interface AlertNotificationsDeps extends NotificationGroupsDeps {
  readonly timers: Timers;
  /** Address that people open; empty for none. */
  readonly liveUrl: string;
  readonly receivers: readonly AlertReceiver[];
  readonly serviceName: string;
  /** Returns what explains alerts now. */
  explanations(): AlertExplanations;
  counted(receiver: string, outcome: NotificationOutcome): void;
  report(error: unknown): void;
  /** Called after something was told. */
  changed(): void;
}

const TIMEOUT_MS = 15_000;
/** Longest delay of a timer of Node.js, which takes a longer one for 1 ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

interface Target {
  readonly open: OpenReceiver;
  readonly queue: ReceiverQueue;
}

/** Notifications of one application: groups that are flushed by a timer, and a queue for each receiver. */
export class AlertNotifications {
  readonly #deps: AlertNotificationsDeps;
  readonly #groups: NotificationGroups;
  readonly #targets = new Map<string, Target>();
  #cancel: () => void = () => undefined;
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  constructor(deps: AlertNotificationsDeps) {
    this.#deps = deps;
    this.#groups = new NotificationGroups(deps);
  }

  /** Opens the receivers. */
  async open(): Promise<void> {
    const { clock, timers, serviceName, receivers, report, counted } = this.#deps;
    const host: ReceiverHost = { clock, serviceName, report };
    for (const receiver of receivers) {
      const { name } = receiver;
      const open = await receiver.open(host);
      const queue = new ReceiverQueue({
        clock,
        timers,
        report,
        timeoutMs: TIMEOUT_MS,
        send: (notification, signal) => open.send(notification, signal),
        counted: (outcome) => counted(name, outcome),
      });
      this.#targets.set(name, { open, queue });
    }
  }

  /** Takes the alerts that fire or have ended. */
  put(alerts: readonly GroupedAlert[]): void {
    if (this.#isClosed) return;
    const leftOut = this.#groups.put(alerts);
    if (leftOut > 0)
      this.#deps.report(new RangeError(`${leftOut} alerts are not told: there are too many`));
    this.#flush();
  }

  /** Forgets all groups. */
  clear(): void {
    this.#cancel();
    this.#groups.clear();
  }

  /** Notifications that wait, by receiver. */
  *waiting(): Generator<readonly [receiver: string, count: number]> {
    for (const [name, { queue }] of this.#targets) yield [name, queue.waiting];
  }

  /** Resolves when no notification waits. */
  async idle(): Promise<void> {
    await this.#flushing;
    await Promise.all([...this.#targets.values()].map(({ queue }) => queue.idle()));
  }

  /** Gives up what waits, and closes the receivers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    for (const { open, queue } of this.#targets.values()) {
      queue.close();
      try {
        await open.close?.();
      } catch (error) {
        this.#deps.report(error);
      }
    }
  }

  #flush(): void {
    this.#cancel();
    this.#flushing ??= this.#flushDue().finally(() => {
      this.#flushing = undefined;
      this.#plan();
    });
  }

  async #flushDue(): Promise<void> {
    const slices = new Slices();
    const { liveUrl, explanations, report } = this.#deps;
    try {
      const settings = { liveUrl, explanations: explanations() };
      for (const flush of this.#groups.flush()) {
        if (flush !== undefined) this.#send(flush, settings);
        if (slices.isOver) await slices.pause();
        if (this.#isClosed) return;
      }
    } catch (error) {
      report(error);
    }
  }

  #send(flush: GroupFlush, settings: NotificationSettings): void {
    const { clock, changed } = this.#deps;
    const { receiver, groupIntervalMs } = flush.route;
    this.#targets.get(receiver)?.queue.add({
      notification: notificationOf(flush, settings),
      untilMs: clock.monotonicMs() + groupIntervalMs,
      sent: () => {
        flush.sent();
        changed();
      },
    });
  }

  /** Plans the next flush. */
  #plan(): void {
    const { clock, timers } = this.#deps;
    const { dueMs } = this.#groups;
    if (dueMs === undefined || this.#isClosed) return;
    const waitMs = Math.min(Math.max(0, dueMs - clock.wallMs()), LONGEST_WAIT_MS);
    this.#cancel = timers.after(waitMs, () => this.#flush());
  }
}
