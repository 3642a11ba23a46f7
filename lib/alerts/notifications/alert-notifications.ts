import type { Clock } from '../../kernel/clock.js';
import type { Timers } from '../../kernel/timers.js';
import type { AlertReceiver, OpenReceiver, ReceiverHost } from '../receivers/alert-receiver.js';
import { type NotificationSettings, notificationOf } from './notification.js';
import { type GroupedAlert, NotificationGroups } from './notification-groups.js';
import type { NotificationLog } from './notification-log.js';
import { type NotificationOutcome, ReceiverQueue } from './receiver-queue.js';
import type { RoutePlan } from './routes.js';

/** Dependencies of {@link AlertNotifications}. */
export interface AlertNotificationsDeps extends NotificationSettings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly routes: readonly RoutePlan[];
  readonly receivers: readonly AlertReceiver[];
  readonly log: NotificationLog;
  readonly serviceName: string;
  isHeldBack(alert: GroupedAlert): boolean;
  counted(receiver: string, outcome: NotificationOutcome): void;
  report(error: unknown): void;
  /** Called after something was told. */
  changed(): void;
}

const TIMEOUT_MS = 15_000;

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
    this.#groups.put(alerts);
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
    const { clock, timers, changed } = this.#deps;
    this.#cancel();
    for (const flush of this.#groups.flush()) {
      const { receiver, groupIntervalMs } = flush.route;
      this.#targets.get(receiver)?.queue.add({
        notification: notificationOf(flush, this.#deps),
        untilMs: clock.monotonicMs() + groupIntervalMs,
        sent: () => {
          flush.sent();
          changed();
        },
      });
    }
    const { dueMs } = this.#groups;
    if (dueMs === undefined) return;
    const waitMs = Math.max(0, dueMs - clock.wallMs());
    this.#cancel = timers.after(waitMs, () => this.#flush());
  }
}
