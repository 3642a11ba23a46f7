import { describe, expect, it } from 'vitest';
import {
  alertDefinitions,
  type AlertOptions,
  type AlertParameter,
  documentText,
  prometheusRules,
  promtoolTests,
} from '../../lib/alerting/index.js';
import { readGroups } from '../../lib/alerts/rules/rule-groups.js';
import { sourceOf, tryRules } from '../../lib/alerts/trial/rule-trial.js';
import { seriesOf } from '../../lib/alerts/trial/series-notation.js';
import { systemProgram } from '../system/system-program.js';
import { runWith } from '../unit/alerting/promtool.js';
import { Chance } from '../unit/performance/chance.js';

const promtool = systemProgram('promtool');
const MINUTE_MS = 60_000;
// Evaluations lie between samples: Prometheus 2 has ranges with their begin, Prometheus 3 and the engine without.
const EVERY_SECONDS = 97;
const LAST = 27;
const EXAMPLE_SECONDS = 1_800;
const slos = [
  { name: 'orders', kind: 'availability', objective: 99.9 },
  { name: 'fast', kind: 'latency', handler: 'PlaceOrder', objective: 99, thresholdSeconds: 1 },
] as const;

type RuleDocument = ReturnType<typeof prometheusRules>;
type Test = ReturnType<typeof promtoolTests>['tests'][number];

interface Expected {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** States of the alerts at each evaluation, as tests of promtool expect them. */
async function expectedOf(rules: RuleDocument, test: Test) {
  const { groups, problems } = readGroups({ subject: 'rules', file: '', value: rules });
  expect(problems).toEqual([]);
  const interval = { startMs: 0, intervalMs: MINUTE_MS };
  const series = test.input_series.map((it) => seriesOf(it.series, it.values, interval));
  const everyMs = EVERY_SECONDS * 1_000;
  const times = { startMs: 0, endMs: LAST * everyMs, everyMs };
  const tests: Expected[] = [];
  for await (const { atMs, instances } of tryRules({
    groups,
    source: sourceOf(series),
    ...times,
  })) {
    const active = instances.filter(({ state }) => state !== 'inactive');
    tests.push({
      expr: 'ALERTS',
      eval_time: `${atMs / 1_000}s`,
      exp_samples: active.map(({ labels, state }) => ({
        labels: labels.with('__name__', 'ALERTS').with('alertstate', state).toString(),
        value: 1,
      })),
    });
  }
  const [alertname = '', , , slo = ''] = test.name.replace('stays quiet', 'quiet').split(' ');
  const own = [
    `alertname="${alertname}"`,
    'alertstate="firing"',
    ...(slo === '' ? [] : [`slo="${slo}"`]),
  ];
  const fired = tests
    .filter((_, step) => step * EVERY_SECONDS <= EXAMPLE_SECONDS)
    .some((it) => it.exp_samples.some(({ labels }) => own.every((one) => labels.includes(one))));
  return { states: tests, fired };
}

/** Files of rules, and of tests in which promtool has to find the states that the engine found. */
async function filesOf(options: AlertOptions) {
  const { tests, ...settings } = promtoolTests(options);
  const files: Record<string, string> = {};
  const wrong: string[] = [];
  for (const group of prometheusRules(options).groups) {
    const names = group.rules.flatMap((it) => ('alert' in it ? [it.alert] : []));
    const own = tests.filter(({ name }) => names.includes(name.split(' ')[0] as never));
    const rules = { groups: [group] };
    const expected = await Promise.all(own.map((it) => expectedOf(rules, it)));
    wrong.push(
      ...own
        .filter(({ name }, i) => expected[i]!.fired !== / fires\b/.test(name))
        .map((it) => it.name),
    );
    const compared = own.map((it, i) => ({ ...it, promql_expr_test: expected[i]!.states }));
    files[`${group.name}.yaml`] = await documentText(rules);
    const every = { evaluation_interval: `${EVERY_SECONDS}s` };
    const test = { ...settings, ...every, rule_files: [`${group.name}.yaml`], tests: compared };
    files[`test-${group.name}.yaml`] = await documentText(test);
  }
  return { files, wrong };
}

/** Values of all parameters, within their ranges and around their defaults, the ends of the ranges among them. */
function randomParameters(seed: number): Readonly<Record<string, number>> {
  const chance = new Chance(seed);
  const random = () => chance.next();
  const rounded = (value: number) => Number(value.toPrecision(3));
  const valueOf = ({ unit, default: usual }: AlertParameter) => {
    const at = random();
    if (unit === 'ratio') return at < 0.1 ? Math.round(at * 10) : rounded(random());
    if (unit === 'count') return at < 0.1 ? 0 : rounded((usual || 5) * 4 * random() ** 2);
    return rounded(usual * 10 ** (2 * random() - 1));
  };
  return Object.fromEntries(
    alertDefinitions.flatMap(({ name, parameters }) =>
      Object.entries(parameters).map(([one, it]) => [`${name}.${one}`, valueOf(it)]),
    ),
  );
}

// Needs Debian's prometheus.
describe.skipIf(promtool === undefined)('the engine and promtool', () => {
  it.each([0, 1, 2, 3])(
    'Every shipped alert has the same states in the engine and in Prometheus, at each evaluation of its examples, with the parameters of seed %i, which are the defaults for 0',
    { timeout: 240_000 },
    async (seed) => {
      const parameters = seed === 0 ? {} : randomParameters(seed);
      const { files, wrong } = await filesOf({ slos, parameters });
      expect(wrong).toEqual([]);
      const tests = Object.keys(files).filter((it) => it.startsWith('test-'));
      const said = await runWith(files, promtool as string, ['test', 'rules', ...tests]);
      expect(said.match(/SUCCESS/g)).toHaveLength(tests.length);
    },
  );
});
