import type { CurrentAlert, RuleGroupStatus } from '../../kernel/alert-port.js';
import type { Clock } from '../../kernel/clock.js';
import type { Timers } from '../../kernel/timers.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { SeriesSource } from '../../query/series-source.js';
import type { AlertingOptions } from '../alerting-options.js';
import type { AlertingPlan } from '../alerting-plan.js';
import { AlertNotifications } from '../notifications/alert-notifications.js';
import type { GroupedAlert } from '../notifications/notification-groups.js';
import { AlertSilences } from '../notifications/alert-silences.js';
import { Inhibitions } from '../notifications/inhibitions.js';
import { NotificationLog } from '../notifications/notification-log.js';
import { SilenceFile } from '../notifications/silence-file.js';
import { readRuleFiles } from '../rules/rule-file.js';
import type { GroupPlan } from '../rules/rule.js';
import { currentAlert, groupedAlerts, type HoldBacks } from './alert-views.js';
import { EngineMetrics } from './engine-metrics.js';
import { EngineStorage, type SharedState } from './engine-storage.js';
import { EvaluationLoop } from './evaluation-loop.js';
import { Explanations } from './explanations.js';
import { Slices } from '../slices.js';
import { type EvaluatedGroup, RuleSet } from './rule-set.js';

/** The application whose alerts are evaluated. */
export interface EngineHost {
  readonly clock: Clock;
  readonly timers?: Timers | undefined;
  readonly namespace?: string | undefined;
  readonly serviceName?: string | undefined;
  /** Registry for metrics of the engine, and for exemplars. */
  readonly registry?: MetricRegistry | undefined;
  /** Returns true in the process that evaluates. */
  readonly isLeader?: () => boolean;
  /** State that the processes share of which one evaluates. */
  readonly shared?: SharedState | undefined;
  /** Returns the findings of `diagnose()`. */
  readonly findings?: () => readonly { readonly text: string; readonly about: string }[];
  report(error: unknown): void;
}

/** Dependencies of a {@link RunningEngine}. */
export interface RunningEngineDeps extends EngineHost {
  /** Series on which rules are evaluated. */
  readonly source: SeriesSource;
  readonly options: AlertingOptions;
  readonly plan: AlertingPlan;
  readonly serviceName: string;
  readonly timers: Timers;
  /** Adds the series of the rules to those that can be queried; `undefined` takes them away. */
  join(source: SeriesSource | undefined): void;
  /** Returns the path of the state; `undefined` without files. */
  statePath(): string | undefined;
}

const INTERVAL_MS = 15_000;

/** Engine of one application that has started. */
export class RunningEngine {
  readonly silences: AlertSilences;
  readonly #deps: RunningEngineDeps;
  readonly #log = new NotificationLog();
  readonly #inhibitions: Inhibitions;
  readonly #notifications: AlertNotifications;
  readonly #storage: EngineStorage;
  readonly #silenceFile: SilenceFile | undefined;
  #loops: readonly EvaluationLoop[] = [];
  #groups: readonly GroupPlan[] = [];
  #rules: RuleSet;
  #metrics: EngineMetrics | undefined;
  #wasLeader = true;
  #takingOver: Promise<void> | undefined;
  #isTakenOver = false;
  /** Alerts of an earlier process that no rule goes on with. */
  #ended: readonly GroupedAlert[] = [];

  constructor(deps: RunningEngineDeps) {
    const { clock, timers, options, plan, serviceName, report } = deps;
    const { receivers = [], silencesFile, liveUrl = '', traceUrl = '' } = options;
    this.#deps = deps;
    this.silences = new AlertSilences(clock);
    this.#inhibitions = new Inhibitions(plan.inhibitions);
    this.#silenceFile = silencesFile === undefined ? undefined : new SilenceFile(silencesFile);
    this.#rules = this.#newRules();
    const { shared } = deps;
    const isOneOfSeveral = deps.isLeader !== undefined;
    const path = () => deps.statePath();
    this.#storage = new EngineStorage({ path, shared, isOneOfSeveral, clock, report });
    const { registry, findings = () => [] } = deps;
    this.#notifications = new AlertNotifications({
      clock,
      timers,
      serviceName,
      receivers,
      report,
      liveUrl,
      routes: plan.routes,
      log: this.#log,
      explanations: () => new Explanations({ registry, findings, traceUrl, liveUrl }),
      heldBack: () => {
        const { isInhibited } = this.#holdBacks();
        return ({ labels }) => isInhibited(labels) || this.silences.matching(labels).length > 0;
      },
      counted: (receiver, outcome) => this.#metrics?.notified(receiver, outcome),
      changed: () => this.save(),
    });
  }

  async open(): Promise<void> {
    const { plan, options, registry, namespace, join } = this.#deps;
    this.#groups = [...plan.groups, ...(await readRuleFiles(options.ruleFiles ?? []))];
    this.#rules = this.#newRules();
    await this.#notifications.open();
    join({ select: (selection) => this.#rules.series.select(selection) });
    if (registry === undefined || namespace === undefined) return;
    const names = (options.receivers ?? []).map(({ name }) => name);
    this.#metrics = new EngineMetrics({ registry, namespace }, names, {
      active: () => this.#rules.instances.filter(({ state }) => state !== 'inactive'),
      waiting: () => this.#notifications.waiting(),
    });
  }

  /** Starts a timer for each interval, and takes over the state of an earlier process. */
  async begin(): Promise<void> {
    const { clock, timers, options } = this.#deps;
    const own = options.intervalMs ?? INTERVAL_MS;
    const intervals = new Set(this.#groups.map(({ intervalMs = own }) => intervalMs));
    this.#loops = [...intervals].map((intervalMs) => {
      const isOf = ({ plan }: EvaluatedGroup) => (plan.intervalMs ?? own) === intervalMs;
      const run = (atMs: number) => this.#round(isOf, atMs);
      const skipped = () => this.#metrics?.evaluated('skipped');
      const loop = new EvaluationLoop({ clock, timers, intervalMs, run, skipped });
      loop.start(Math.min(own, intervalMs));
      return loop;
    });
    if (this.#deps.isLeader === undefined) await this.#takeOver();
  }

  async close(): Promise<void> {
    await Promise.all(this.#loops.map((it) => it.stop()));
    this.#deps.join(undefined);
    await this.#notifications.close();
    await this.#takingOver;
    this.save();
    await this.#storage.settled();
  }

  /** Evaluates all groups now. */
  async evaluate(): Promise<void> {
    await this.#round(() => true, Math.trunc(this.#deps.clock.wallMs()));
  }

  async idle(): Promise<void> {
    await this.#notifications.idle();
  }

  current(): readonly CurrentAlert[] {
    const active = this.#rules.instances.filter(({ state }) => state !== 'inactive');
    const holds = this.#holdBacks();
    return active.map((it) => currentAlert(it, holds));
  }

  groups(): readonly RuleGroupStatus[] {
    const { intervalMs = INTERVAL_MS } = this.#deps.options;
    const holds = this.#holdBacks();
    const groups = this.#rules.status((it) => currentAlert(it, holds));
    return groups.map((it) => ({
      ...it,
      intervalSeconds: it.intervalSeconds || intervalMs / 1_000,
    }));
  }

  /** Writes the state soon. What an earlier process wrote is read before. */
  save(): void {
    if (this.#isTakenOver) this.#storage.save(this.#rules, this.#log, this.silences);
  }

  async #round(isDue: (group: EvaluatedGroup) => boolean, atMs: number): Promise<void> {
    const { report } = this.#deps;
    try {
      if (!this.#leads()) return;
      await this.#takeOver();
      this.#isTakenOver = true;
      await this.#silenceFile?.follow(this.silences).catch(report);
      const isWell = await this.#rules.evaluate(atMs, this.#rules.groups.filter(isDue));
      this.#metrics?.evaluated(isWell ? 'success' : 'failure');
      await new Slices().pause();
      // Another process may have become the owner meanwhile.
      if (!this.#leads()) return;
      const ended = this.#ended;
      this.#ended = [];
      this.#notifications.put([...ended, ...groupedAlerts(this.#rules.instances)]);
      this.save();
    } catch (error) {
      this.#metrics?.evaluated('failure');
      report(error);
    }
  }

  /** Reads the state of an earlier process, once the files are open, and no later than before the first evaluation. */
  async #takeOver(): Promise<void> {
    if (this.#isTakenOver || !this.#storage.isThere) return;
    this.#takingOver ??= this.#storage
      .load(this.#rules, this.#log, this.silences)
      .then((ended) => void (this.#ended = ended));
    await this.#takingOver;
    this.#isTakenOver = true;
  }

  /** A process that is no longer the owner forgets its alerts: the owner has its own. */
  #leads(): boolean {
    const leads = this.#deps.isLeader?.() ?? true;
    if (!leads && this.#wasLeader) {
      this.#notifications.clear();
      this.#log.clear();
      this.#rules = this.#newRules();
      this.#takingOver = undefined;
      this.#isTakenOver = false;
    }
    this.#wasLeader = leads;
    return leads;
  }

  #newRules(): RuleSet {
    const { clock, source, report } = this.#deps;
    return new RuleSet({ groups: this.#groups, source, clock, report });
  }

  #holdBacks(): HoldBacks {
    const firing = this.#rules.instances.filter(({ state }) => state === 'firing');
    const isInhibited = this.#inhibitions.among(firing.map((it) => it.labels));
    return { silences: this.silences, isInhibited };
  }
}
