import {
  type AlertPort,
  type CurrentAlert,
  type RuleGroupStatus,
  type RuleStatus,
} from '../../kernel/alert-port.js';
import type { Clock } from '../../kernel/clock.js';
import { MetricQueries } from '../../query/metric-queries.js';
import type { SeriesSource } from '../../query/series-source.js';
import { Slices } from '../slices.js';
import type { GroupPlan } from '../rules/rule.js';
import type { AlertInstance } from './alert-instances.js';
import { RuleEvaluation } from './rule-evaluation.js';
import { RuleSeries } from './rule-series.js';
import { JoinedSeries } from './joined-series.js';

/** Dependencies of a {@link RuleSet}. */
export interface RuleSetDeps {
  readonly source: SeriesSource;
  readonly groups: readonly GroupPlan[];
  readonly clock: Clock;
  /** Reports the error of a rule. */
  report(error: unknown): void;
}

/** Group of rules with their state. */
export interface EvaluatedGroup {
  readonly plan: GroupPlan;
  readonly rules: readonly RuleEvaluation[];
  evaluationSeconds: number;
  evaluatedAtMs: number;
}

/** Rules with their state, over a source of series. It has no timer of its own. */
export class RuleSet {
  /** Series that the rules made. */
  readonly series = new RuleSeries();
  readonly groups: readonly EvaluatedGroup[];
  readonly #deps: RuleSetDeps;

  constructor(deps: RuleSetDeps) {
    this.#deps = deps;
    const source = new JoinedSeries(this.series, deps.source);
    const queries = new MetricQueries(source, {}, deps.clock);
    this.groups = deps.groups.map((plan) => ({
      plan,
      rules: plan.rules.map(
        (it) => new RuleEvaluation(it, plan, { queries, source, series: this.series }),
      ),
      evaluationSeconds: 0,
      evaluatedAtMs: 0,
    }));
  }

  /** Rules that raise alerts. */
  get alerting(): readonly RuleEvaluation[] {
    return this.groups.flatMap(({ rules }) => rules.filter((it) => it.instances !== undefined));
  }

  /** Pending, firing and lately ended alerts of all rules. */
  get instances(): readonly AlertInstance[] {
    return this.alerting.flatMap((it) => it.instances!.all);
  }

  /**
   * Evaluates groups at a time, one rule after the other. Between rules the event loop runs.
   *
   * @returns False if a rule failed.
   */
  async evaluate(atMs: number, groups: readonly EvaluatedGroup[] = this.groups): Promise<boolean> {
    const { clock, report } = this.#deps;
    const nowMs = () => clock.monotonicMs();
    let isWell = true;
    const slices = new Slices();
    for (const group of groups) {
      const startedMs = nowMs();
      for (const rule of group.rules) {
        if (slices.isOver) await slices.pause();
        const error = await rule.evaluate(atMs, nowMs, slices);
        if (error === undefined) continue;
        isWell = false;
        report(error);
      }
      group.evaluationSeconds = (nowMs() - startedMs) / 1_000;
      group.evaluatedAtMs = atMs;
    }
    this.series.expire(atMs);
    return isWell;
  }

  /**
   * Returns the rules by group.
   *
   * @param shown - Returns an alert as others see it.
   */
  status(shown: (it: AlertInstance) => CurrentAlert): ReturnType<AlertPort['groups']> {
    return this.groups.map(({ plan, rules, evaluationSeconds, evaluatedAtMs }): RuleGroupStatus => {
      const { name, file, limit, intervalMs = 0 } = plan;
      const shownRules = rules.map((it) => statusOf(it, shown));
      const times = { evaluationSeconds, evaluatedAtMs, intervalSeconds: intervalMs / 1_000 };
      return { name, file, limit, ...times, rules: shownRules };
    });
  }
}

function statusOf(
  { plan, last, instances }: RuleEvaluation,
  shown: (it: AlertInstance) => CurrentAlert,
): RuleStatus {
  const { type, name, query } = plan;
  if (plan.type === 'recording') {
    const none = { annotations: {}, forSeconds: 0, keepFiringForSeconds: 0, alerts: [] };
    return { type, name, query, labels: plan.labels, ...none, ...last };
  }
  const texts = (all: typeof plan.labels) =>
    Object.fromEntries(Object.entries(all).map(([key, { text }]) => [key, text]));
  return {
    type,
    name,
    query,
    labels: texts(plan.labels),
    annotations: texts(plan.annotations),
    forSeconds: plan.forMs / 1_000,
    keepFiringForSeconds: plan.keepFiringForMs / 1_000,
    alerts: instances?.active.map(shown) ?? [],
    ...last,
  };
}
