import {
  AlertDrill,
  type AlertJudge,
  type DrillFigures,
  type JudgedJobs,
} from '../../e2e/alerting/alert-drill.js';
import { applicationsFor, WATCHDOG } from './drilled-applications.js';
import type { DrillFault, RunningDrill } from './drilled-application.js';
import { drillRules } from './drill-rules.js';

/** Five minutes become ten seconds: five scrapes. */
const FACTOR = 30;
const INTERVAL_MS = 2_000;
/**
 * Scrapes before the first fault. Rules are read by the engine in the process of the applications; process metrics have
 * that delay for 15 seconds, and an alert on it goes on for 10 more.
 */
const QUIET_SCRAPES = 16;
const STEP_LIMIT_MS = 100_000;

/** Starts what judges the applications. */
type StartJudge = (judged: JudgedJobs) => Promise<AlertJudge>;

/** Drill of a selection of alerts: all applications at once, and the faults of each application in their order. */
export class WholeDrill {
  private constructor(
    private readonly drill: AlertDrill,
    private readonly running: ReadonlyMap<string, RunningDrill>,
    private readonly alerts: ReadonlySet<string>,
  ) {}

  static async start(alerts: ReadonlySet<string>, judge: StartJudge): Promise<WholeDrill> {
    const started = applicationsFor(alerts).map(
      async ({ job, start }) => [job, await start()] as const,
    );
    const running = new Map(await Promise.all(started));
    const drill = await AlertDrill.start({
      judge,
      jobs: Object.fromEntries(running),
      factor: FACTOR,
      groups: drillRules([...running.keys()]),
      intervalMs: INTERVAL_MS,
      timeoutMs: STEP_LIMIT_MS,
    });
    await drill.scraped(QUIET_SCRAPES);
    return new WholeDrill(drill, running, alerts);
  }

  /** Alerts that fire although nothing is broken. */
  async falseAlarms(): Promise<readonly string[]> {
    const active = await this.drill.judge.active();
    return active.flatMap(({ labels: { alertname = '', job = '' }, state }) =>
      state === 'firing' && alertname !== WATCHDOG ? [`${alertname} of ${job}`] : [],
    );
  }

  async run(): Promise<readonly DrillFigures[]> {
    const ofJobs = [...this.running].map(([job, { steps }]) => this.#runSteps(job, steps));
    const watchdog = this.alerts.has(WATCHDOG) ? [this.drill.watch(WATCHDOG)] : [];
    const figures = await Promise.all([Promise.all(watchdog), ...ofJobs]);
    return figures.flat().filter(({ alert }) => this.alerts.has(alert));
  }

  async stop(): Promise<void> {
    await this.drill.stop();
    await Promise.all([...this.running.values()].map((it) => it.stop()));
  }

  async #runSteps(job: string, steps: RunningDrill['steps']): Promise<readonly DrillFigures[]> {
    const figures: DrillFigures[] = [];
    for (const step of steps) {
      const faults = step.map((it) => this.#runInTurn(job, [it].flat()));
      figures.push(...(await Promise.all(faults)).flat());
    }
    return figures;
  }

  async #runInTurn(job: string, faults: readonly DrillFault[]): Promise<readonly DrillFigures[]> {
    const figures: DrillFigures[] = [];
    for (const it of faults) {
      const isWanted = it.alerts.some((alert) => this.alerts.has(alert));
      if (isWanted) figures.push(...(await this.drill.run(job, it)));
    }
    return figures;
  }
}
