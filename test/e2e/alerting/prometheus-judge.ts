import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentText } from '../../../lib/alerting/index.js';
import { freePort } from '../../system/free-port.js';
import type { ActiveAlert, AlertJudge, JudgedJobs } from './alert-drill.js';

interface PrometheusPrograms {
  readonly prometheus: string;
  readonly alertmanager: string;
}

interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const ERRORS_KEPT = 2_000;
/** A series that is gone is gone for the rules as well. */
const LOOKBACK_MS = 5_000;

/** Prometheus and Alertmanager. */
export class PrometheusJudge implements AlertJudge {
  readonly #folder = mkdtempSync(join(tmpdir(), 'alert-drill-'));
  readonly #programs: ChildProcess[] = [];
  #errors = '';

  private constructor(
    private readonly judged: JudgedJobs,
    private readonly port: number,
  ) {}

  static with(programs: PrometheusPrograms): (judged: JudgedJobs) => Promise<PrometheusJudge> {
    return async (judged) => {
      const judge = new PrometheusJudge(judged, await freePort());
      await judge.#start(programs);
      return judge;
    };
  }

  async active(): Promise<readonly ActiveAlert[]> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1/alerts`);
    const { data } = (await answer.json()) as { data: { alerts: readonly ActiveAlert[] } };
    return data.alerts;
  }

  /** Series of an expression. */
  async query(expression: string): Promise<readonly QueriedSeries[]> {
    const body = new URLSearchParams({ query: expression });
    const url = `http://127.0.0.1:${this.port}/api/v1/query`;
    const { data } = (await (await fetch(url, { method: 'POST', body })).json()) as {
      data: { result: readonly QueriedSeries[] };
    };
    return data.result;
  }

  async targetsScraped(times: number): Promise<number> {
    if (this.#programs.some(({ exitCode }) => exitCode !== null)) throw new Error(this.#errors);
    const [read] = await this.query(`count(sum_over_time(up[1h]) >= ${times})`);
    return Number(read?.value[1]);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#programs.map((it) => {
        const ended = it.exitCode === null ? once(it, 'exit') : undefined;
        it.kill('SIGTERM');
        return ended;
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start({ prometheus, alertmanager }: PrometheusPrograms): Promise<void> {
    const { groups, intervalMs, receiverUrl } = this.judged;
    const port = await freePort();
    await this.#write('rules.yaml', { groups });
    await this.#write('alertmanager.yml', eachAlertAlone(receiverUrl));
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
      `--web.listen-address=127.0.0.1:${this.port}`,
      '--rules.alert.resend-delay=1s',
      '--log.level=warn',
      `--query.lookback-delta=${Math.max(LOOKBACK_MS, 5 * intervalMs)}ms`,
    ]);
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
    const { jobs, intervalMs } = this.judged;
    const interval = `${intervalMs}ms`;
    const targets = [`127.0.0.1:${port}`];
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

function eachAlertAlone(url: string): object {
  const alone = { group_by: ['...'], group_wait: '0s', group_interval: '1s' };
  return {
    route: { receiver: 'drill', ...alone },
    receivers: [{ name: 'drill', webhook_configs: [{ url, send_resolved: true }] }],
  };
}
