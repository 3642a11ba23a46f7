import type { Clock } from '../../kernel/clock.js';
import type { SampleSeries, SeriesSource } from '../../query/series-source.js';
import type { AlertInstance } from '../engine/alert-instances.js';
import { RuleSet } from '../engine/rule-set.js';
import type { GroupPlan } from '../rules/rule.js';

/** Series and times of a trial. */
export interface TrialOptions {
  readonly groups: readonly GroupPlan[];
  readonly source: SeriesSource;
  /** Time of the first evaluation: Unix time in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Time between two evaluations. */
  readonly everyMs: number;
}

/** Alerts at the time of an evaluation. */
export interface TrialStep {
  readonly atMs: number;
  /** Pending, firing and lately ended alerts. */
  readonly instances: readonly AlertInstance[];
}

/** Source of given series. */
export function sourceOf(series: readonly SampleSeries[]): SeriesSource {
  return {
    select: ({ matchers }) =>
      series.filter(({ labels }) => matchers.every((it) => it.matches(labels.get(it.name)))),
  };
}

/**
 * Evaluates rules on given series, as an engine does that started with them.
 *
 * @throws The error of a rule that failed.
 */
export async function* tryRules(options: TrialOptions): AsyncGenerator<TrialStep> {
  const { groups, source, startMs, endMs, everyMs } = options;
  let atMs = startMs;
  const clock: Clock = { monotonicMs: () => atMs - startMs, wallMs: () => atMs };
  const rules = new RuleSet({
    groups,
    source,
    clock,
    report: (error) => {
      throw error;
    },
  });
  for (; atMs <= endMs; atMs += everyMs) {
    await rules.evaluate(atMs);
    yield { atMs, instances: rules.instances.map((it) => ({ ...it })) };
  }
}
