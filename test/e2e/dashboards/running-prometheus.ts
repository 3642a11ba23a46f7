import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from '../../system/free-port.js';
import { systemProgram } from '../../system/system-program.js';

/** Prometheus of Debian's package; `undefined` when it is not installed. */
export const prometheus = systemProgram('prometheus');

const CONFIG = new URL('../../../deploy/prometheus/prometheus.yml', import.meta.url);
// An alert that fires, for panels about alerts.
const RULES = `groups:
  - name: test
    rules:
      - alert: Watched
        expr: vector(1)
        labels: { job: shop, severity: warning }
`;

interface Config {
  global: Record<string, string>;
  alerting?: unknown;
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

/** A series of an answer. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Prometheus with the configuration of deploy/, in which addresses and intervals are replaced. */
export class RunningPrometheus {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly api: string,
  ) {}

  /** @param targets - Addresses by job. Other jobs are left out. */
  static async start(targets: Readonly<Record<string, readonly string[]>>) {
    const folder = mkdtempSync(join(tmpdir(), 'boards-prometheus-'));
    const config = parse(readFileSync(CONFIG, 'utf8')) as Config;
    config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
    delete config.alerting;
    config.scrape_configs = Object.entries(targets).map(([job_name, addresses]) => ({
      ...config.scrape_configs.find((it) => it.job_name === job_name),
      job_name,
      static_configs: [{ targets: [...addresses] }],
    }));
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    writeFileSync(join(folder, 'rules.yaml'), RULES);
    const port = await freePort();
    const child = spawn(
      prometheus as string,
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    return new RunningPrometheus(child, folder, `http://127.0.0.1:${port}/api/v1`);
  }

  /** @throws Error with the reason of Prometheus for an expression that it refuses. */
  async query(expression: string): Promise<readonly Series[]> {
    const body = new URLSearchParams({ query: expression });
    const response = await fetch(`${this.api}/query`, { method: 'POST', body });
    const answer = (await response.json()) as { error?: string; data: { result: Series[] } };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.data.result;
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
