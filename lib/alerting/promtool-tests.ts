import { ConfigurationError } from '../kernel/configuration-error.js';
import { expressionIn, withMatchers } from '../metrics/catalogue/expression.js';
import { LabelMatcher } from '../query/label-matcher.js';
import type { AlertExample } from './alert-definition.js';
import { type AlertChoice, type AlertOptions, chosen } from './alert-options.js';
import { type NamedAlert, SLO_DOMAIN } from './alert-definitions.js';
import { exportedAlerts } from './alert-rules.js';
import { exampleSpeeds } from './definitions/slos.js';
import { matchersOf } from './selector.js';
import { budgetOf, sloExample, type SloOptions } from './slo-rules.js';

/** Unit test of promtool. */
export interface PromtoolTest {
  /** Alert, and whether it fires. */
  readonly name: string;
  /** Time between two values of a series. */
  readonly interval: string;
  /** Series that are stored. */
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  /** Queries with the expected results. */
  readonly promql_expr_test: readonly Readonly<Record<string, unknown>>[];
}

/** File of unit tests of promtool. */
export interface PromtoolTests {
  /** Paths of the rules. */
  readonly rule_files: readonly string[];
  /** Time between two evaluations of the rules. */
  readonly evaluation_interval: string;
  /** Two tests for each alert, and for each objective. */
  readonly tests: readonly PromtoolTest[];
}

const AT = '30m';
const PLACE = { job: 'shop', instance: 'shop:9464' } as const;

/**
 * Returns unit tests of promtool: each alert fires in one series of events, and stays quiet in another. The series follow the
 * values of the parameters; {@link untestedAlerts} names the alerts for whose values there are none.
 *
 * @param options - The options of the rules that are tested. Their selector may have only matchers with `=`.
 * @param ruleFile - Path of the rules, seen from the tests. @defaultValue 'rules.yaml'
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 */
export function promtoolTests(options?: AlertOptions, ruleFile = 'rules.yaml'): PromtoolTests {
  const choice = chosen(options);
  if (matchersOf(choice.selector).some(({ operator }) => operator !== '='))
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'selector',
      value: choice.selector,
      rule: 'must have only matchers with = for unit tests, which need values',
      remedy: 'Export the tests with = in place of !=, =~ and !~.',
    });
  return {
    rule_files: [ruleFile],
    evaluation_interval: '2m',
    tests: exportedAlerts(choice).flatMap((it) => {
      if (it.domain === SLO_DOMAIN) return choice.slos.flatMap((slo) => sloTests(it, slo, choice));
      return testsOf(it, choice);
    }),
  };
}

/** Returns the names of the alerts that cannot fire with the values of their parameters, or cannot stay quiet. */
export function untestedAlerts(options?: AlertOptions): readonly string[] {
  const choice = chosen(options);
  return exportedAlerts(choice)
    .filter((it) => it.domain !== SLO_DOMAIN && testsOf(it, choice).length < testCount(it))
    .map(({ name }) => name);
}

/** An alert that always fires has no quiet example. */
function testCount({ severity }: NamedAlert): number {
  return severity === 'none' ? 1 : 2;
}

/** A budget of more than a sixth cannot be used at six times its speed: all calls would have to fail, and more. */
function sloTests(alert: NamedAlert, slo: SloOptions, choice: AlertChoice): PromtoolTest[] {
  const { least, firing, quiet } = exampleSpeeds[alert.name as keyof typeof exampleSpeeds];
  const budget = budgetOf(slo);
  const calls = choice.valuesOf(alert)['calls'] ?? 0;
  const used = (speed: number) => sloExample(slo, Math.min(1, speed * budget), calls);
  const fires = least * budget < 1 ? used(firing) : undefined;
  const example = { ...alert, firing: () => fires, quiet: () => used(quiet) };
  return testsOf(example, choice, slo.name);
}

function testsOf(alert: NamedAlert, choice: AlertChoice, slo?: string): PromtoolTest[] {
  const { name, severity } = alert;
  const values = choice.valuesOf(alert);
  const firing = alert.firing(values);
  const quiet = severity === 'none' ? undefined : alert.quiet(values);
  const ofSlo = slo === undefined ? '' : `,slo="${slo}"`;
  const titled = (does: string) =>
    [name, does, ...(slo === undefined ? [] : [`for ${slo}`])].join(' ');
  const firingSeries = `ALERTS{alertname="${name}",alertstate="firing"${ofSlo}}`;
  const fires = firing && {
    name: titled('fires'),
    interval: '1m',
    input_series: seriesOf(firing, choice),
    promql_expr_test: [
      {
        expr: firingSeries,
        eval_time: AT,
        exp_samples: [{ labels: alertSeries({ ...alert, firing }, choice, slo), value: 1 }],
      },
    ],
  };
  const staysQuiet = quiet && {
    name: titled('stays quiet'),
    interval: '1m',
    input_series: seriesOf(quiet, choice),
    promql_expr_test: [
      { expr: `count_over_time(${firingSeries}[${AT}])`, eval_time: AT, exp_samples: [] },
    ],
  };
  return [fires, staysQuiet].filter((it) => it !== undefined);
}

/** Returns the labels that a series has in every test: those of the scope, the target and the selector. */
function placeOf({ aggregateBy, selected }: AlertChoice): Readonly<Record<string, string>> {
  const scope = Object.fromEntries(aggregateBy.map((it) => [it, it]));
  return { ...scope, ...PLACE, ...selected };
}

function seriesOf(
  example: AlertExample,
  choice: AlertChoice,
): PromtoolTest['input_series'][number][] {
  const place = placeOf(choice);
  return Object.entries(example).map(([series, values]) => {
    const missing = Object.entries(place).filter(([label]) => !hasLabel(series, label));
    const named = withMatchers(
      expressionIn(choice.namespace, series),
      labelsOf(missing),
      () => true,
    );
    return { series: named, values };
  });
}

/** The labels of the expected alert: their values are those of the first series that has them. */
function alertSeries(
  { name, severity, labels, firing }: Omit<NamedAlert, 'firing'> & { firing: AlertExample },
  choice: AlertChoice,
  slo?: string,
): string {
  const place = placeOf(choice);
  const own = labels.filter((it) => it !== 'job');
  const values = own.map((label) => [label, valueOf(label, firing, choice)] as const);
  const scope = choice.aggregateBy.map((it) => [it, place[it]] as const);
  const isAbsent = labels.length === 0 && Object.keys(firing).length > 0;
  const all = {
    alertname: name,
    alertstate: 'firing',
    severity,
    ...Object.fromEntries(labels.includes('instance') ? Object.entries(place) : []),
    ...Object.fromEntries(labels.includes('job') ? scope : []),
    ...(isAbsent && choice.selected),
    ...Object.fromEntries(values),
    ...(slo !== undefined && { slo }),
  };
  return `ALERTS{${labelsOf(Object.entries(all))}}`;
}

function labelsOf(pairs: readonly (readonly [label: string, value: string])[]): string {
  return pairs.map(([label, value]) => String(new LabelMatcher(label, '=', value))).join(',');
}

function valueOf(label: string, example: AlertExample, choice: AlertChoice): string {
  const pattern = new RegExp(`[{,]${label}="([^"]*)"`);
  const found = Object.keys(example).flatMap((it) => pattern.exec(it)?.[1] ?? []);
  const [value] = found;
  return value ?? placeOf(choice)[label] ?? '';
}

function hasLabel(series: string, label: string): boolean {
  return new RegExp(`[{,]${label}="`).test(series);
}
