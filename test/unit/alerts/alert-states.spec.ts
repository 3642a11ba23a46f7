import { describe, expect, it } from 'vitest';
import { alertDefinitions, prometheusRules, promtoolTests } from '../../../lib/alerting/index.js';
import { RuleSet } from '../../../lib/alerts/engine/rule-set.js';
import { readGroups } from '../../../lib/alerts/rules/rule-groups.js';
import type { AlertingPlan, GroupPlan, NoDataPolicy } from '../../../lib/alerts/rules/rule.js';
import { sourceOf, tryRules } from '../../../lib/alerts/trial/rule-trial.js';
import { seriesOf } from '../../../lib/alerts/trial/series-notation.js';
import { LabelSet } from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

const MINUTE_MS = 60_000;
const interval = { startMs: 0, intervalMs: MINUTE_MS };

function plansOf(rules: readonly object[], onNoData: NoDataPolicy = 'resolve'): GroupPlan[] {
  const { groups, problems } = readGroups({
    subject: '',
    file: '',
    value: { groups: [{ name: 'a', rules }] },
  });
  expect(problems).toEqual([]);
  return groups.map((it) => ({
    ...it,
    rules: it.rules.map(
      (rule) => (rule.type === 'alerting' ? { ...rule, onNoData } : rule) as AlertingPlan,
    ),
  }));
}

/** States by evaluation, as one letter: - for none, p, f, k for one that is kept, r for one that has ended. */
async function statesOf(
  groups: readonly GroupPlan[],
  input: Readonly<Record<string, string>>,
  minutes = 10,
) {
  const series = Object.entries(input).map(([name, values]) => seriesOf(name, values, interval));
  let states = '';
  const times = { startMs: 1, endMs: minutes * MINUTE_MS, everyMs: MINUTE_MS };
  const options = { groups, source: sourceOf(series), ...times };
  for await (const { instances } of tryRules(options)) {
    const letters = instances.map(({ state, keptSinceMs }) =>
      state === 'inactive' ? 'r' : keptSinceMs === undefined ? state[0] : 'k',
    );
    states += letters.length === 0 ? '-' : letters.join('');
  }
  return states;
}

describe('the states of an alert', () => {
  it('An alert is pending for its time, fires, is kept, ends, and begins again', async () => {
    const groups = plansOf([{ alert: 'A', expr: 'a > 0', for: '2m', keep_firing_for: '2m' }]);
    expect(await statesOf(groups, { a: '0 1 1 1 0 0 0 1 0 1' })).toBe('-ppfkkrp-p');
  });

  it('A condition that stops while the alert is kept and comes back does not end it', async () => {
    const groups = plansOf([{ alert: 'A', expr: 'a > 0', keep_firing_for: '3m' }]);
    expect(await statesOf(groups, { a: '1 0 0 1 0 0 0 0' }, 8)).toBe('fkkfkkkr');
  });

  it('A value in an annotation changes, and the alert stays the same one', async () => {
    const rule = { alert: 'A', expr: 'a > 0', for: '2m', annotations: { now: '{{ $value }}' } };
    const source = sourceOf([seriesOf('a', '1 2 3 4', interval)]);
    const seen: unknown[] = [];
    const times = { startMs: 1, endMs: 4 * MINUTE_MS, everyMs: MINUTE_MS };
    for await (const { instances } of tryRules({ groups: plansOf([rule]), source, ...times }))
      seen.push(
        ...instances.map(({ state, annotations, activeAtMs }) => [
          state,
          annotations['now'],
          activeAtMs,
        ]),
      );
    expect(seen).toEqual([
      ['pending', '1', 1],
      ['pending', '2', 1],
      ['firing', '3', 1],
      ['firing', '4', 1],
    ]);
  });

  it.each([
    ['resolve', '-fr'],
    ['keep', '-ff'],
    ['fire', 'fff'],
  ] as const)(
    'With onNoData %s, an alert whose series are gone gives %s',
    async (policy, expected) => {
      const groups = plansOf([{ alert: 'A', expr: 'a > 0' }], policy);
      const states = await statesOf(groups, { a: '_ 1 stale' }, 3);
      expect(states.replace('rf', 'f')).toBe(expected);
    },
  );

  it('With onNoData keep, a condition that no longer holds ends the alert', async () => {
    const groups = plansOf([{ alert: 'A', expr: 'a > 0' }], 'keep');
    expect(await statesOf(groups, { a: '1 0' }, 2)).toBe('fr');
  });

  it('With onNoData keep, the alert on one series that is gone stays while others are there', async () => {
    const groups = plansOf([{ alert: 'A', expr: 'a > 0' }], 'keep');
    const series = { 'a{p="x"}': '1 stale', 'a{p="y"}': '0 0 0' };
    expect(await statesOf(groups, series, 3)).toBe('fff');
  });

  it('A recorded series is there for the next rule, and alerts of rules without labels are one', async () => {
    const groups = plansOf([
      { record: 'job:a', expr: 'sum by (job) (a)', labels: { of: 'all' } },
      { alert: 'A', expr: 'job:a{of="all"} > 2', for: '1m' },
      { alert: 'B', expr: 'ALERTS{alertname="A",alertstate="firing"} == 1' },
    ]);
    expect(
      await statesOf(groups, { 'a{job="x",i="1"}': '1x9', 'a{job="x",i="2"}': '1 2x8' }, 4),
    ).toBe('-pffff');
  });

  it('Alerts beyond the limit of their group end, and kept ones count', async () => {
    const rule = { alert: 'A', expr: 'a > 0', keep_firing_for: '5m' };
    const [group] = plansOf([rule]);
    const series = [
      seriesOf('a{p="x"}', '1 0 0 0', interval),
      seriesOf('a{p="y"}', '0 1 1 1', interval),
    ];
    const rules = new RuleSet({
      groups: [{ ...group!, limit: 1 }],
      source: sourceOf(series),
      clock: new ManualClock(0),
      report: () => undefined,
    });
    const seen: unknown[] = [];
    for (const atMs of [1, MINUTE_MS + 1]) {
      await rules.evaluate(atMs);
      const { health, lastError } = rules.alerting[0]!.last;
      const states = rules.instances.map(({ state, resolvedAtMs }) => [state, resolvedAtMs]);
      seen.push([health, lastError, states]);
    }
    const ended = ['inactive', MINUTE_MS + 1];
    expect(seen).toEqual([
      ['ok', undefined, [['firing', undefined]]],
      ['err', 'exceeded limit of 1 with 2 alerts', [ended, ended]],
    ]);
  });

  it('The name of a metric is a label in templates, and none of the alert', async () => {
    const annotations = { of: '{{ $labels.__name__ }}' };
    const groups = plansOf([{ alert: 'A', expr: 'a > 0', annotations }]);
    const source = sourceOf([seriesOf('a', '1', interval)]);
    const times = { startMs: 1, endMs: 1, everyMs: MINUTE_MS };
    for await (const { instances } of tryRules({ groups, source, ...times }))
      expect(instances.map((it) => [it.annotations, it.labels.toJSON()])).toEqual([
        [{ of: 'a' }, { alertname: 'A' }],
      ]);
    expect.assertions(2);
  });

  it('Queries in texts are evaluated at the time of the alert, and one that fails keeps no alert from firing', async () => {
    const labels = { limit: '{{ query "scalar(limit)" | first | value }}' };
    const annotations = {
      at: '{{ with printf "limit{of=\'%s\'}" $labels.of | query }}{{ . | first | value }}{{ end }}',
      none: '{{ query "none" | first | value }}',
      text: '{{ query "limit[5m]" }}',
    };
    const groups = plansOf([{ alert: 'A', expr: 'a > 0', labels, annotations }]);
    const source = sourceOf([
      seriesOf('a{of="x"}', '0 1 1', interval),
      seriesOf('limit{of="x"}', '7 8 9', interval),
    ]);
    const seen: unknown[] = [];
    const times = { startMs: 1, endMs: 2 * MINUTE_MS + 1, everyMs: MINUTE_MS };
    for await (const { instances } of tryRules({ groups, source, ...times }))
      seen.push(...instances.map((it) => [it.state, it.labels.get('limit'), it.annotations]));
    const failed = (why: string) => `<error expanding template: error calling ${why}>`;
    const texts = {
      none: failed('first: first() called on vector with no elements'),
      text: failed('query: rule result is not a vector or scalar'),
    };
    expect(seen).toEqual([
      ['firing', '8', { at: '8', ...texts }],
      ['inactive', '8', { at: '8', ...texts }],
      ['firing', '9', { at: '9', ...texts }],
    ]);
  });

  it('Two series whose alerts would be one fail the rule', async () => {
    const groups = plansOf([{ alert: 'A', expr: 'a', labels: { i: 'same' } }]);
    await expect(statesOf(groups, { 'a{i="1"}': '1x9', 'a{i="2"}': '1x9' })).rejects.toThrow(
      /same labelset/,
    );
  });
});

describe('the shipped alerts in the engine', () => {
  const rules = prometheusRules();
  const tests = promtoolTests().tests.map((it) => [it.name, it] as const);

  it.each(tests)('The alert of the example "%s" does so', async (name, test) => {
    const alertname = name.split(' ')[0]!;
    const group = rules.groups.find((it) =>
      it.rules.some((rule) => 'alert' in rule && rule.alert === alertname),
    );
    const own = group?.rules.filter((it) => !('alert' in it) || it.alert === alertname) ?? [];
    const groups = plansOf(own);
    const series = test.input_series.map((it) => seriesOf(it.series, it.values, interval));
    const options = {
      groups,
      source: sourceOf(series),
      startMs: 0,
      endMs: 31 * MINUTE_MS,
      everyMs: 2 * MINUTE_MS,
    };
    const fired: LabelSet[] = [];
    for await (const { instances } of tryRules(options)) {
      const firing = instances.filter(
        (it) => it.state === 'firing' && it.labels.get('alertname') === alertname,
      );
      fired.push(...firing.map(({ labels }) => labels));
    }
    const isFiring = name.endsWith(' fires');
    expect(fired.length > 0).toBe(isFiring);
    if (!isFiring) return;
    const { labels } = (test.promql_expr_test[0] as { exp_samples: { labels: string }[] })
      .exp_samples[0]!;
    const last = fired.at(-1)!.with('__name__', 'ALERTS').with('alertstate', 'firing');
    expect(last).toEqual(seriesOf(labels, '1', interval).labels);
  });

  it('Every shipped alert but those on objectives has an example here', () => {
    const names = new Set(tests.map(([name]) => name.split(' ')[0]));
    expect(names.size).toBe(alertDefinitions.length - 2);
  });
});
