import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertOptions, documentText, prometheusRules } from '../../../lib/alerting/index.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';

/** What Alertmanager sends to a webhook. */
interface Notification {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** Seconds from the fault to each step of one alert. */
interface DrillFigures {
  readonly alert: string;
  readonly notifiedSeconds: number;
  readonly resolvedSeconds: number;
  readonly text: string;
}

/** Programs and settings of a drill. */
interface DrillOptions {
  readonly prometheus: string;
  readonly alertmanager: string;
  /** Addresses that are scraped, `host:port`. */
  readonly targets: readonly string[];
  /** All durations of the rules are divided by it. */
  readonly factor: number;
  readonly alerts?: AlertOptions;
}

const TIMEOUT_MS = 90_000;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Prometheus and Alertmanager with the exported rules, whose durations are scaled, and a receiver of notifications. */
export class AlertDrill {
  readonly #folder = mkdtempSync(join(tmpdir(), 'alert-drill-'));
  readonly #received: { readonly atMs: number; readonly notification: Notification }[] = [];
  readonly #programs: ChildProcess[] = [];
  #receiver: Server | undefined;

  static async start(options: DrillOptions): Promise<AlertDrill> {
    const drill = new AlertDrill();
    await drill.#start(options);
    return drill;
  }

  /** Causes a fault, waits for the notification, ends the fault, and waits for the end of the alert. */
  async run(
    alert: string,
    { breaks, mends }: { readonly breaks: () => unknown; readonly mends: () => unknown },
  ): Promise<DrillFigures> {
    const brokenMs = Date.now();
    await breaks();
    const firing = await this.#notified(alert, 'firing', brokenMs);
    const mendedMs = Date.now();
    await mends();
    const resolved = await this.#notified(alert, 'resolved', mendedMs);
    return {
      alert,
      notifiedSeconds: (firing.atMs - brokenMs) / 1000,
      resolvedSeconds: (resolved.atMs - mendedMs) / 1000,
      text: firing.text,
    };
  }

  async stop(): Promise<void> {
    for (const it of this.#programs) {
      const ended = once(it, 'exit');
      it.kill('SIGTERM');
      await ended;
    }
    this.#receiver?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #notified(alert: string, status: 'firing' | 'resolved', sinceMs: number) {
    return poll(
      () => {
        for (const { atMs, notification } of this.#received) {
          const found = notification.alerts.find(
            (it) => it.labels['alertname'] === alert && it.status === status,
          );
          if (atMs >= sinceMs && found !== undefined)
            return Promise.resolve({ atMs, text: found.annotations['summary'] ?? '' });
        }
        return Promise.resolve(undefined);
      },
      { what: `${alert} ${status}`, timeoutMs: TIMEOUT_MS },
    );
  }

  async #start({ prometheus, alertmanager, targets, factor, alerts }: DrillOptions): Promise<void> {
    const receiver = await this.#listen();
    const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
    const rules = scaled(prometheusRules(alerts), factor);
    this.#write('rules.yaml', await documentText(rules));
    this.#write('alertmanager.yml', await documentText(alertmanagerConfig(receiver)));
    const config = prometheusConfig({ targets, alertmanagerPort });
    this.#write('prometheus.yml', await documentText(config));
    this.#spawn(alertmanager, [
      `--config.file=${this.#folder}/alertmanager.yml`,
      `--storage.path=${this.#folder}/alertmanager`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ]);
    this.#spawn(prometheus, [
      `--config.file=${this.#folder}/prometheus.yml`,
      `--storage.tsdb.path=${this.#folder}/data`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--rules.alert.resend-delay=1s',
      '--query.lookback-delta=5s',
    ]);
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  #spawn(program: string, args: readonly string[]): void {
    this.#programs.push(spawn(program, args, { stdio: 'ignore' }));
  }

  async #listen(): Promise<string> {
    this.#receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (it: Buffer) => chunks.push(it));
      request.on('end', () => {
        const notification = JSON.parse(Buffer.concat(chunks).toString()) as Notification;
        this.#received.push({ atMs: Date.now(), notification });
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(this.#receiver, 'listening');
    return `http://127.0.0.1:${(this.#receiver.address() as AddressInfo).port}/`;
  }
}

/** Rules whose durations are divided: those of windows, offsets, `for` and `keep_firing_for`. */
function scaled(rules: ReturnType<typeof prometheusRules>, factor: number) {
  const short = (whole: string, count: string, unit: string) => {
    const seconds = Math.max(1, Math.round((Number(count) * (SECONDS[unit] as number)) / factor));
    return whole.replace(`${count}${unit}`, `${seconds}s`);
  };
  const texts = JSON.stringify(rules)
    .replaceAll(/\[(\d+)([smhd])\]/g, short)
    .replaceAll(/offset (\d+)([smhd])/g, short)
    .replaceAll(/"(?:keep_firing_)?for":"(\d+)([smhd])"/g, short);
  return JSON.parse(texts) as object;
}

function alertmanagerConfig(url: string): object {
  return {
    route: {
      ...{ receiver: 'drill', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
      routes: [{ matchers: ['severity="none"'], receiver: 'quiet' }],
    },
    receivers: [
      { name: 'drill', webhook_configs: [{ url, send_resolved: true }] },
      { name: 'quiet' },
    ],
  };
}

function prometheusConfig(at: {
  readonly targets: readonly string[];
  readonly alertmanagerPort: number;
}): object {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    alerting: {
      alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${at.alertmanagerPort}`] }] }],
    },
    scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: at.targets }] }],
  };
}
