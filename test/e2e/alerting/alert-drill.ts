import { type RuleGroup } from '../../../lib/alerting/index.js';
import { poll } from '../../system/poll.js';
import { scaled } from './scaled-rules.js';
import { WebhookReceiver } from './webhook-receiver.js';

/** An alert as Alertmanager sends it to a webhook. */
interface NotifiedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Fault that raises alerts on one job. */
export interface Fault {
  readonly alerts: readonly string[];
  readonly breaks: () => unknown;
  readonly mends: () => unknown;
}

/** Seconds from the fault, or from its end, to each step of one alert; `undefined` for a step that did not come. */
export interface DrillFigures {
  readonly alert: string;
  readonly job: string;
  readonly firingSeconds: number | undefined;
  readonly notifiedSeconds: number | undefined;
  readonly resolvedSeconds: number | undefined;
  readonly summary: string;
}

/** Targets of one job of Prometheus. */
interface ScrapedJob {
  /** Addresses, `host:port`. */
  readonly targets: readonly string[];
  /** @defaultValue that of all jobs */
  readonly scrapeMs?: number;
}

/** Applications and the rules by which they are judged. */
export interface JudgedJobs {
  readonly jobs: Readonly<Record<string, ScrapedJob>>;
  readonly groups: readonly RuleGroup[];
  /** Time between scrapes, and between evaluations of the rules. */
  readonly intervalMs: number;
  /** Address of the webhook to which each alert is sent at once. */
  readonly receiverUrl: string;
}

/** Programs that scrape applications, evaluate rules and send notifications. */
export interface AlertJudge {
  /** Alerts that are pending or firing. */
  active(): Promise<readonly ActiveAlert[]>;
  /** Number of targets that have answered at least so many scrapes. */
  targetsScraped(times: number): Promise<number>;
  stop(): Promise<void>;
}

interface DrillOptions<Judge extends AlertJudge> extends Omit<JudgedJobs, 'receiverUrl'> {
  judge(judged: JudgedJobs): Promise<Judge>;
  /** All durations of the rules are divided by it. */
  readonly factor: number;
  readonly timeoutMs: number;
}

const LOOK_MS = 250;

interface SentAlert extends NotifiedAlert {
  readonly atMs: number;
}

/** An alert that is pending or firing. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** Applications under rules whose durations are scaled, and a receiver of notifications. */
export class AlertDrill<Judge extends AlertJudge = AlertJudge> {
  /** Times at which alerts were first seen to fire, by alert and job; those that do not fire are not in it. */
  #firing: ReadonlyMap<string, number> = new Map();
  readonly #sent: SentAlert[] = [];
  #watching: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: DrillOptions<Judge>,
    private readonly receiver: WebhookReceiver,
    readonly judge: Judge,
  ) {}

  static async start<Judge extends AlertJudge>(
    options: DrillOptions<Judge>,
  ): Promise<AlertDrill<Judge>> {
    const receiver = await WebhookReceiver.start();
    const { groups, factor, jobs, intervalMs } = options;
    const judge = await options.judge({
      jobs,
      intervalMs,
      groups: factor === 1 ? groups : scaled(groups, factor),
      receiverUrl: receiver.url,
    });
    const drill = new AlertDrill(options, receiver, judge);
    drill.#watch();
    return drill;
  }

  /** The first notification of an alert with these labels that has been received. */
  async notification(labels: Readonly<Record<string, string>>): Promise<NotifiedAlert> {
    const wanted = Object.entries(labels);
    const sent = async () =>
      this.#sent.find((it) => wanted.every(([key, value]) => it.labels[key] === value));
    return poll(sent, { what: 'a notification', timeoutMs: this.options.timeoutMs });
  }

  /** Resolves when every target has been read at least so many times. */
  async scraped(times: number): Promise<void> {
    const { jobs, timeoutMs } = this.options;
    const targets = Object.values(jobs).reduce((sum, it) => sum + it.targets.length, 0);
    const isRead = async () =>
      (await this.judge.targetsScraped(times)) === targets ? true : undefined;
    await poll(isRead, { what: `${times} scrapes`, timeoutMs });
  }

  /** Causes a fault once its alerts are quiet, waits for the notifications, ends the fault, and waits for the end of the alerts. */
  async run(job: string, { alerts, breaks, mends }: Fault): Promise<readonly DrillFigures[]> {
    // An alert of the fault before may still fire.
    await this.#inTime(async () => this.#isQuiet(alerts, job) || undefined);
    const brokenMs = Date.now();
    await breaks();
    const begun = await Promise.all(
      alerts.map(async (alert) => ({
        alert,
        firingMs: await this.#inTime(() => this.#fires(alert, job)),
        notified: await this.#inTime(() => this.#notified(alert, job, 'firing', brokenMs)),
      })),
    );
    const mendedMs = Date.now();
    await mends();
    return Promise.all(
      begun.map(async ({ alert, firingMs, notified }) => {
        const sought = () => this.#notified(alert, job, 'resolved', mendedMs);
        const resolved = notified && (await this.#inTime(sought));
        return {
          ...{ alert, job, summary: notified?.summary ?? '' },
          firingSeconds: seconds(brokenMs, firingMs),
          notifiedSeconds: seconds(brokenMs, notified?.atMs),
          resolvedSeconds: seconds(mendedMs, resolved?.atMs),
        };
      }),
    );
  }

  /** Figures of an alert that always fires, and never resolves. */
  async watch(alert: string): Promise<DrillFigures> {
    const beganMs = Date.now();
    const isSent = async () => this.#sent.find(({ labels }) => labels['alertname'] === alert);
    const sent = await this.#inTime(isSent);
    return {
      ...{ alert, job: '', summary: sent?.annotations['summary'] ?? '' },
      firingSeconds: seconds(beganMs, await this.#inTime(() => this.#fires(alert, ''))),
      notifiedSeconds: sent && Math.max(0, (sent.atMs - beganMs) / 1000),
      resolvedSeconds: undefined,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#watching);
    await this.judge.stop();
    this.receiver.close();
  }

  async #inTime<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const { timeoutMs } = this.options;
    return poll(ask, { what: 'a step', timeoutMs }).catch(() => undefined);
  }

  async #fires(alert: string, job: string): Promise<number | undefined> {
    return this.#firing.get(keyOf(alert, job));
  }

  #isQuiet(alerts: readonly string[], job: string): boolean {
    return alerts.every((it) => !this.#firing.has(keyOf(it, job)));
  }

  async #notified(alert: string, job: string, status: string, sinceMs: number) {
    const found = this.#sent.find(
      (it) =>
        it.atMs >= sinceMs &&
        it.status === status &&
        it.labels['alertname'] === alert &&
        it.labels['job'] === job,
    );
    return found && { atMs: found.atMs, summary: found.annotations['summary'] ?? '' };
  }

  /** Looks at all alerts at once: a question for each alert would keep everything busy. */
  async #look(): Promise<void> {
    const nowMs = Date.now();
    const firing = (await this.judge.active()).filter(({ state }) => state === 'firing');
    const keys = firing.map(({ labels }) => keyOf(labels['alertname'], labels['job']));
    this.#firing = new Map(keys.map((it) => [it, this.#firing.get(it) ?? nowMs]));
    for (const { atMs, body } of this.receiver.received.splice(0)) {
      const { alerts } = body as { readonly alerts: readonly NotifiedAlert[] };
      this.#sent.push(...alerts.map((it) => ({ ...it, atMs })));
    }
  }

  #watch(): void {
    let isLooking = false;
    this.#watching = setInterval(() => {
      if (isLooking) return;
      isLooking = true;
      const look = this.#look().catch(() => undefined);
      void look.finally(() => (isLooking = false));
    }, LOOK_MS);
  }
}

function keyOf(alert = '', job = ''): string {
  return `${alert} ${job}`;
}

function seconds(fromMs: number, toMs: number | undefined): number | undefined {
  return toMs === undefined ? undefined : Math.max(0, (toMs - fromMs) / 1000);
}
