import { describe, expect, it } from 'vitest';
import { alertDefinitions, alertRules, type NamedAlert } from '../../../lib/alerting/index.js';
import { catalogue } from '../../../lib/metrics/index.js';
import { exposedNames } from '../../../lib/metrics/definition/metric-definition.js';

const SCRAPE_SECONDS = 60;
const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
/** Sections of the catalogue that have no alert of their own, with the reason. */
const WITHOUT_ALERT: Readonly<Record<string, string>> = {
  Performance: 'A score is made of signals that have alerts of their own; a forecast pages nobody.',
  Databases:
    'A query that fails fails the command, query, projection or job that sent it, which has an alert.',
  'Service mesh': 'The HTTP metrics measure the same requests, and their alerts fire.',
  'Machine learning': 'What accuracy and which rate are right depends on the model.',
  'Generative AI':
    'A call that fails fails the handler that made it, which has an alert; tokens are a matter of budget.',
  Usage: 'Use is divided for bills and limits; a load that harms is in the alerts on the runtime.',
  'Metric history':
    'Alerts are evaluated on the metrics themselves: a gap in the history hides none.',
};

const scope = {
  by: (...labels: readonly string[]) => `by (${['job', ...labels].join(', ')})`,
  on: (...labels: readonly string[]) => `on (${['job', ...labels].join(', ')})`,
};
const metrics = catalogue.flatMap((it) => it.metrics);
const labelsOf = new Map(
  metrics.flatMap((it) => exposedNames(it).map((name) => [name, it.labels ?? []] as const)),
);
// A label `job` of a metric is `exported_job` in Prometheus.
const foreign = ['job', 'exported_job', 'instance', 'le', 'slo'];
const everyLabel = new Set([...foreign, ...[...labelsOf.values()].flat()]);

const expressionOf = (it: NamedAlert) => {
  const entries = Object.entries(it.parameters).map(([name, one]) => [name, one.default]);
  return it.expr(Object.fromEntries(entries) as Record<string, number>, scope);
};
const textsOf = ({ summary, description }: NamedAlert) => `${summary} ${description}`;
const wordsIn = (list: string) =>
  list
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '');
const groupings = (expression: string) =>
  [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].map(([, list = '']) => wordsIn(list));

/** A rule about one alert: what is wrong with it, or nothing. */
const rules: Readonly<Record<string, (alert: NamedAlert) => unknown>> = {
  'compares with a limit': (it) =>
    it.severity !== 'none' && !/[<>]=? |[=!]= /.test(expressionOf(it)),
  'has no value among its labels': (it) =>
    it.labels.some((label) => !everyLabel.has(label) || label === 'le'),
  'uses only labels that survive the aggregation': (it) =>
    [...textsOf(it).matchAll(/\$labels\.(\w+)/g)].some(
      ([, label = '']) => !it.labels.includes(label),
    ),
  'has windows of four scrapes or more': (it) =>
    [...expressionOf(it).matchAll(/\[(\d+)([smhd])\]/g)].some(
      ([, count, unit]) =>
        Number(count) * SECONDS[unit as keyof typeof SECONDS] < 4 * SCRAPE_SECONDS,
    ),
  'has the same labels on both sides of and, or and unless': (it) => {
    const sets = groupings(expressionOf(it)).map((list) =>
      list
        .filter((label) => label !== 'le')
        .toSorted()
        .join(),
    );
    // A metric of the target joins those of its own instance.
    return new Set(sets.filter((it) => it !== 'instance')).size > 1;
  },
  'groups by labels of the catalogue': (it) =>
    groupings(expressionOf(it))
      .flat()
      .some((label) => !everyLabel.has(label)),
  'selects labels that the metric has': (it) =>
    [...expressionOf(it).matchAll(/(eventcore_\w+)\{([^}]*)\}/g)].some(
      ([, name = '', matchers = '']) =>
        [...matchers.matchAll(/(\w+)(?:=|!)/g)].some(
          ([, label = '']) => label !== 'le' && !labelsOf.get(name)?.includes(label),
        ),
    ),
  'names metrics of the catalogue': (it) =>
    [...`${expressionOf(it)} ${JSON.stringify(it)}`.matchAll(/\beventcore_\w+/g)].some(
      ([name]) => !labelsOf.has(name),
    ),
  'goes on firing for a while if it pages': (it) =>
    it.severity === 'critical' && it.keepFiringFor === undefined,
  'ignores ratios of few calls': (it) =>
    /\) \/ (?:sum|\()/.test(expressionOf(it)) &&
    !/>= \d+\)$/.test(expressionOf(it)) &&
    it.name !== 'ExportFailing',
  'explains each parameter in its description or runbook': (it) =>
    Object.entries(it.parameters).some(
      ([name, { description }]) =>
        name !== 'calls' &&
        !description.endsWith('tolerated') &&
        !`${it.description} ${it.runbook.means}`.includes(`{${name}}`),
    ),
  'has a unit, a description and no unknown parameter': (it) =>
    [
      ...`${textsOf(it)} ${JSON.stringify(it.runbook)}`.matchAll(/(?<!\{)\{([a-z]\w*)\}(?!\})/g),
    ].some(([, name = '']) => !(name in it.parameters)),
};

describe.each(Object.entries(rules))('an alert that %s', (rule, isBroken) => {
  it(`Every alert ${rule}`, () => {
    expect(alertDefinitions.filter(isBroken).map((it) => it.name)).toEqual([]);
  });
});

describe('the alerts together', () => {
  it('There are at least 35 alerts, and each section of the catalogue has one or a reason', () => {
    expect(alertDefinitions.length).toBeGreaterThanOrEqual(35);
    const domains = new Set(alertDefinitions.map(({ domain }) => domain));
    const silent = catalogue.filter(({ title }) => !domains.has(title) && !WITHOUT_ALERT[title]);
    expect(silent.map(({ title }) => title)).toEqual([]);
    expect(Object.keys(WITHOUT_ALERT).filter((it) => domains.has(it))).toEqual([]);
  });

  it('A rule file without objectives has no alert on objectives', () => {
    const names = alertRules().flatMap(({ rules }) =>
      rules.map((it) => ('alert' in it ? it.alert : it.record)),
    );
    expect(names).not.toContain('ErrorBudgetBurnFast');
    expect(names).toHaveLength(alertDefinitions.length - 2);
  });
});
