import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planOf } from '../../../lib/alerts/alerting-plan.js';
import { RunningEngine } from '../../../lib/alerts/engine/running-engine.js';
import { documentText, webhook } from '../../../lib/alerting/index.js';
import { systemClock } from '../../../lib/kernel/clock.js';
import { systemTimers } from '../../../lib/kernel/timers.js';
import type { ActiveAlert, AlertJudge, JudgedJobs } from '../../e2e/alerting/alert-drill.js';
import { ScrapedSeries } from './scraped-series.js';

/** The alert engine, with the series that it scrapes: no Prometheus and no Alertmanager. */
export class EngineJudge implements AlertJudge {
  readonly #folder = mkdtempSync(join(tmpdir(), 'alert-drill-'));
  readonly #series: ScrapedSeries;
  readonly #engine: RunningEngine;
  readonly #faults = new Set<string>();

  private constructor({ jobs, intervalMs, receiverUrl }: JudgedJobs) {
    this.#series = new ScrapedSeries(jobs, intervalMs);
    const options = {
      shipped: false,
      ruleFiles: [join(this.#folder, 'rules.yaml')],
      intervalMs,
      receivers: [webhook({ url: receiverUrl })],
      routes: [{ receivers: ['webhook'] }],
      ...{ groupWait: '0s', groupInterval: '1s' },
    } as const;
    this.#engine = new RunningEngine({
      clock: systemClock,
      timers: systemTimers,
      source: this.#series,
      options,
      plan: planOf(options),
      serviceName: 'drill',
      // The series of recording rules stand beside those that are scraped.
      join: (source) => this.#series.join(source),
      statePath: () => undefined,
      report: (error) => this.#faults.add(String(error)),
    });
  }

  static async start(judged: JudgedJobs): Promise<EngineJudge> {
    const judge = new EngineJudge(judged);
    const text = await documentText({ groups: judged.groups });
    writeFileSync(join(judge.#folder, 'rules.yaml'), text);
    await judge.#engine.open();
    judge.#series.start();
    await judge.#engine.begin();
    return judge;
  }

  active(): Promise<readonly ActiveAlert[]> {
    return Promise.resolve(this.#engine.current());
  }

  targetsScraped(times: number): Promise<number> {
    return Promise.resolve(this.#series.targetsScraped(times));
  }

  async stop(): Promise<void> {
    this.#series.stop();
    await this.#engine.close();
    rmSync(this.#folder, { recursive: true, force: true });
    for (const it of this.#faults) console.warn(it);
  }
}
