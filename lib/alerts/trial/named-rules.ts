import { alertRules } from '../../alerting/alert-rules.js';
import type { AlertOptions } from '../../alerting/alert-options.js';
import { expressionIn, withMatchers } from '../../metrics/catalogue/expression.js';
import type { SampleSeries } from '../../query/series-source.js';
import { readGroups } from '../rules/rule-groups.js';
import type { GroupPlan } from '../rules/rule.js';
import { seriesOf } from './series-notation.js';

/** Objectives for the alerts that need one, where nothing says which. */
export const EXAMPLE_SLOS = [{ name: 'all', kind: 'availability', objective: 99.9 }] as const;

/** Series by name and labels, with values in the notation of promtool. */
export type NotedSeries = Readonly<Record<string, string>>;

/** Returns the group that contains only one rule and those that record, of several; `undefined` without the rule. */
export function groupOf(groups: readonly GroupPlan[], name: string): GroupPlan | undefined {
  const group = groups.find(({ rules }) =>
    rules.some((it) => it.type === 'alerting' && it.name === name),
  );
  return (
    group && {
      ...group,
      rules: group.rules.filter((it) => it.type === 'recording' || it.name === name),
    }
  );
}

/** Returns the groups of the shipped alerts. */
export function shippedGroups(options: AlertOptions = {}): readonly GroupPlan[] {
  return readGroups({ subject: '', file: '', value: { groups: alertRules(options) } }).groups;
}

/**
 * Returns series with the labels `job` and `instance` of a target where they are missing.
 *
 * @throws SyntaxError for a text that is no series.
 */
export function targetSeries(
  noted: NotedSeries,
  times: {
    readonly startMs: number;
    readonly intervalMs: number;
    readonly namespace?: string | undefined;
    readonly job?: string;
  },
): readonly SampleSeries[] {
  const { namespace = 'eventcore', job = 'shop' } = times;
  return Object.entries(noted).map(([name, values]) => {
    const missing = Object.entries({ job, instance: `${job}:9464` })
      .filter(([label]) => !new RegExp(`[{,]\\s*${label}="`).test(name))
      .map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    const all = withMatchers(name, missing.join(','), () => true);
    return seriesOf(expressionIn(namespace, all), values, times);
  });
}
