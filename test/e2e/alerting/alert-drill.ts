import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentText, type RuleGroup } from '../../../lib/alerting/index.js';
import { freePort } from '../../system/free-port.js';
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

interface DrillOptions {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly jobs: Readonly<Record<string, ScrapedJob>>;
  /** All durations of the rules are divided by it. */
  readonly factor: number;
  readonly groups: readonly RuleGroup[];
  /** Time between scrapes, and between evaluations of the rules. */
  readonly intervalMs: number;
  /** Address of a further Alertmanager. */
  readonly alsoNotify?: string | undefined;
  readonly timeoutMs: number;
}

const LOOK_MS = 250;
const ERRORS_KEPT = 2_000;
/** A series that is gone is gone for the rules as well. */
const LOOKBACK_MS = 5_000;

interface SentAlert extends NotifiedAlert {
  readonly atMs: number;
}

interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** Prometheus and Alertmanager with rules whose durations are scaled, and a receiver of notifications. */
export class AlertDrill {
  readonly #folder = mkdtempSync(join(tmpdir(), 'alert-drill-'));
  readonly #programs: ChildProcess[] = [];
  readonly #api: string;
  /** Times at which alerts were first seen to fire, by alert and job; those that do not fire are not in it. */
  #firing: ReadonlyMap<string, number> = new Map();
  readonly #sent: SentAlert[] = [];
  #watching: NodeJS.Timeout | undefined;
  #errors = '';

  private constructor(
    private readonly options: DrillOptions,
    private readonly receiver: WebhookReceiver,
    private readonly prometheusPort: number,
  ) {
    this.#api = `http://127.0.0.1:${prometheusPort}/api/v1`;
  }

  static async start(options: DrillOptions): Promise<AlertDrill> {
    const drill = new AlertDrill(options, await WebhookReceiver.start(), await freePort());
    await drill.#start();
    return drill;
  }

  /** Alerts that are pending or firing in Prometheus. */
  async active(): Promise<readonly ActiveAlert[]> {
    const answer = await fetch(`${this.#api}/alerts`);
    const { data } = (await answer.json()) as { data: { alerts: readonly ActiveAlert[] } };
    return data.alerts;
  }

  /** The first notification of an alert with these labels that has been received. */
  async notification(labels: Readonly<Record<string, string>>): Promise<NotifiedAlert> {
    const wanted = Object.entries(labels);
    const sent = async () =>
      this.#sent.find((it) => wanted.every(([key, value]) => it.labels[key] === value));
    return poll(sent, { what: 'a notification', timeoutMs: this.options.timeoutMs });
  }

  /** Series of an expression. */
  async query(expression: string): Promise<readonly QueriedSeries[]> {
    const body = new URLSearchParams({ query: expression });
    const answer = await fetch(`${this.#api}/query`, { method: 'POST', body });
    const { data } = (await answer.json()) as { data: { result: readonly QueriedSeries[] } };
    return data.result;
  }

  /** Resolves when Prometheus has read every target at least so many times. */
  async scraped(times: number): Promise<void> {
    const { jobs } = this.options;
    const targets = Object.values(jobs).reduce((sum, it) => sum + it.targets.length, 0);
    const isRead = async () => {
      if (this.#programs.some(({ exitCode }) => exitCode !== null)) throw new Error(this.#errors);
      const [read] = await this.query(`count(sum_over_time(up[1h]) >= ${times})`);
      return Number(read?.value[1]) === targets ? true : undefined;
    };
    await poll(isRead, { what: `${times} scrapes`, timeoutMs: this.options.timeoutMs });
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
    await Promise.all(
      this.#programs.map((it) => {
        const ended = it.exitCode === null ? once(it, 'exit') : undefined;
        it.kill('SIGTERM');
        return ended;
      }),
    );
    this.receiver.close();
    rmSync(this.#folder, { recursive: true, force: true });
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
    const firing = (await this.active()).filter(({ state }) => state === 'firing');
    const keys = firing.map(({ labels }) => keyOf(labels['alertname'], labels['job']));
    this.#firing = new Map(keys.map((it) => [it, this.#firing.get(it) ?? nowMs]));
    for (const { atMs, body } of this.receiver.received.splice(0)) {
      const { alerts } = body as { readonly alerts: readonly NotifiedAlert[] };
      this.#sent.push(...alerts.map((it) => ({ ...it, atMs })));
    }
  }

  async #start(): Promise<void> {
    const { prometheus, alertmanager, groups, factor, intervalMs } = this.options;
    const port = await freePort();
    await this.#write('rules.yaml', { groups: factor === 1 ? groups : scaled(groups, factor) });
    await this.#write('alertmanager.yml', eachAlertAlone(this.receiver.url));
    await this.#write('prometheus.yml', this.#config(port));
    this.#spawn(alertmanager, [
      `--config.file=${this.#folder}/alertmanager.yml`,
      `--storage.path=${this.#folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ]);
    this.#spawn(prometheus, [
      `--config.file=${this.#folder}/prometheus.yml`,
      `--storage.tsdb.path=${this.#folder}/data`,
      `--web.listen-address=127.0.0.1:${this.prometheusPort}`,
      '--rules.alert.resend-delay=1s',
      '--log.level=warn',
      `--query.lookback-delta=${Math.max(LOOKBACK_MS, 5 * intervalMs)}ms`,
    ]);
    this.#watch();
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

  async #write(name: string, document: object): Promise<void> {
    writeFileSync(join(this.#folder, name), await documentText(document));
  }

  #spawn(program: string, args: readonly string[]): void {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (it: string) => {
      this.#errors = (this.#errors + it).slice(-ERRORS_KEPT);
    });
    this.#programs.push(child);
  }

  #config(port: number): object {
    const { jobs, alsoNotify, intervalMs } = this.options;
    const interval = `${intervalMs}ms`;
    const targets = [`127.0.0.1:${port}`, ...(alsoNotify === undefined ? [] : [alsoNotify])];
    return {
      global: { scrape_interval: interval, evaluation_interval: interval },
      rule_files: ['rules.yaml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets }] }] },
      scrape_configs: Object.entries(jobs).map(
        ([name, { targets: own, scrapeMs = intervalMs }]) => ({
          job_name: name,
          scrape_interval: `${scrapeMs}ms`,
          static_configs: [{ targets: own }],
        }),
      ),
    };
  }
}

function keyOf(alert = '', job = ''): string {
  return `${alert} ${job}`;
}

function seconds(fromMs: number, toMs: number | undefined): number | undefined {
  return toMs === undefined ? undefined : Math.max(0, (toMs - fromMs) / 1000);
}

function eachAlertAlone(url: string): object {
  const alone = { group_by: ['...'], group_wait: '0s', group_interval: '1s' };
  return {
    route: { receiver: 'drill', ...alone },
    receivers: [{ name: 'drill', webhook_configs: [{ url, send_resolved: true }] }],
  };
}
