import assert from 'node:assert/strict';
import type { AlertName } from '../alerting/alert-definitions.js';
import type { AlertRuleOptions } from '../alerts/alerting-options.js';
import { planOf } from '../alerts/alerting-plan.js';
import type { AlertInstance } from '../alerts/engine/alert-instances.js';
import type { GroupPlan } from '../alerts/rules/rule.js';
import {
  EXAMPLE_SLOS,
  groupOf,
  type NotedSeries,
  shippedGroups,
  targetSeries,
} from '../alerts/trial/named-rules.js';
import { sourceOf, tryRules } from '../alerts/trial/rule-trial.js';

/** Times of a test. */
export interface AlertTestOptions {
  /** Minutes up to which the rule is evaluated. @defaultValue 30 */
  readonly minutes?: number;
  /** Labels that one of the firing alerts must have. @defaultValue none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An alert under test. */
export interface AlertExpectation {
  /**
   * Rejects with an `AssertionError` unless the alert fires.
   *
   * @param series - Series by name and labels, with one value a minute in the notation of promtool: `0+60x30`, `1 _ stale`.
   */
  firesWhen(series: NotedSeries, options?: AlertTestOptions): Promise<void>;
  /** Rejects with an `AssertionError` if the alert fires at any time. */
  staysQuietWhen(series: NotedSeries, options?: AlertTestOptions): Promise<void>;
}

const MINUTE_MS = 60_000;
// Between two samples, as a scrape and an evaluation are in life.
const BEGIN_MS = 30_000;

/**
 * Tests an alert on series, with the engine that evaluates alerts in an application.
 *
 * @param rule - Name of a shipped alert, or a rule of your own.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for a rule that is invalid.
 *
 * @example
 * ```ts
 * import { expectAlert } from '@eventcore/nestjs-observability/testing';
 *
 * await expectAlert('ProjectionStalled').firesWhen({
 *   'eventcore_projection_lag_seconds{projection_name="orders"}': '60+60x30',
 *   'eventcore_projection_events_processed_total{projection_name="orders",mode="live"}': '10x30',
 *   'eventcore_projection_state{projection_name="orders",state="live"}': '1x30',
 * });
 * ```
 */
export function expectAlert(rule: AlertName | AlertRuleOptions): AlertExpectation {
  const name = typeof rule === 'string' ? rule : rule.name;
  const groups =
    typeof rule === 'string'
      ? shippedGroups({ slos: EXAMPLE_SLOS })
      : planOf({ shipped: false, rules: [rule] }).groups;
  const group = groupOf(groups, name);
  assert(group !== undefined, `${name} is no shipped alert`);
  return {
    firesWhen: async (series, options = {}) => {
      const seen = await statesOf(group, series, options);
      const firing = seen.filter(({ state }) => state === 'firing');
      assert(firing.length > 0, `${name} does not fire: ${summary(seen)}`);
      const { labels } = options;
      if (labels === undefined) return;
      const isLike = (it: AlertInstance) =>
        Object.entries(labels).every(([label, value]) => it.labels.get(label) === value);
      const shown = firing.map((it) => it.labels.toString()).join(', ');
      assert(firing.some(isLike), `${name} fires with other labels: ${shown}`);
    },
    staysQuietWhen: async (series, options = {}) => {
      const seen = await statesOf(group, series, options);
      const fired = seen.find(({ state }) => state === 'firing');
      assert(fired === undefined, `${name} fires with the value ${fired?.value}`);
    },
  };
}

async function statesOf(
  group: GroupPlan,
  series: NotedSeries,
  { minutes = 30 }: AlertTestOptions,
): Promise<readonly AlertInstance[]> {
  const seen: AlertInstance[] = [];
  const options = {
    groups: [group],
    source: sourceOf(targetSeries(series, { startMs: 0, intervalMs: MINUTE_MS })),
    startMs: BEGIN_MS,
    endMs: minutes * MINUTE_MS,
    everyMs: MINUTE_MS,
  };
  for await (const { instances } of tryRules(options)) seen.push(...instances);
  return seen;
}

function summary(seen: readonly AlertInstance[]): string {
  const pending = seen.filter(({ state }) => state === 'pending').length;
  return pending === 0 ? 'its condition never holds' : `it is pending for ${pending} minutes`;
}
