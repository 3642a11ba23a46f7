import * as v from 'valibot';
import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { catalogueMetrics } from '../metrics/catalogue/catalogue.js';
import { type CatalogueMetric, OWN_NAMESPACE } from '../metrics/catalogue/catalogue-metric.js';
import { optionProblems } from '../options/assert-options.js';
import { type GroupCheck, group, list, option } from '../options/description.js';
import { bucketBounds, matching, namespace } from '../options/standard-options.js';
import type { AlertDefinition, AlertScope } from './alert-definition.js';
import { alertParameters, parameterProblems } from './alert-parameters.js';
import { matchersOf, selectorOption, selectorText } from './selector.js';
import { boundsOf, type SloOptions } from './slo-rules.js';

/** Options of exported alerts. */
export interface AlertOptions {
  /** The option `namespace` of the applications. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Matchers that every selector gets, such as `job="shop"`. @defaultValue none */
  readonly selector?: string;
  /** Labels that tell applications apart; aggregations keep them. @defaultValue ['job'] */
  readonly aggregateBy?: readonly string[];
  /** Values of parameters by `Alert.parameter`, such as `'ProjectionLagHigh.seconds': 120`. @defaultValue those of the definitions */
  readonly parameters?: Readonly<Record<string, number>>;
  /**
   * Address of the runbooks for the annotation `runbook_url`. `{alert}` stands for the name of the alert; without it,
   * the name is appended. @defaultValue no annotation
   */
  readonly runbookUrl?: string;
  /** Service level objectives. @defaultValue none */
  readonly slos?: readonly SloOptions[];
}

const LABEL = /^(?!__)(?!(?:le|alertname|alertstate|severity|slo)$)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that Prometheus sets; it renames those of metrics with such a name. */
const TARGET_LABELS: ReadonlySet<string> = new Set(['job', 'instance']);

/** Labels of single metrics: others have no value of them that an aggregation could keep. */
const ownLabels: ReadonlySet<string> = new Set(
  catalogueMetrics.flatMap(({ labels = {} }: CatalogueMetric) =>
    Object.keys(labels).flatMap((it) => (TARGET_LABELS.has(it) ? [`exported_${it}`] : [it])),
  ),
);
const OBJECTIVE = { least: 50, most: 99.9999 };

const sloChecks: readonly GroupCheck[] = [
  {
    at: 'thresholdSeconds',
    rule: 'belongs to an objective of the kind latency, which requires it',
    remedy: 'Set it for latency, and leave it out for availability.',
    holds: ({ kind, thresholdSeconds }) =>
      (kind === 'latency') === (thresholdSeconds !== undefined),
  },
  {
    at: 'thresholdSeconds',
    rule: 'must be a bound of the buckets of the histogram',
    remedy: `Pass one of ${boundsOf({}).join(', ')}, or the option buckets with those of the handler.`,
    holds: (it) => {
      const { thresholdSeconds, buckets } = it as unknown as SloOptions;
      if (thresholdSeconds === undefined) return true;
      return boundsOf(buckets === undefined ? {} : { buckets }).includes(thresholdSeconds);
    },
  },
];

const finite = v.pipe(v.number(), v.finite());

const sloOptions = group<SloOptions>(
  {
    name: option(matching(/^[a-z][a-z0-9_-]{0,62}$/), {
      rule: 'a name of lower-case letters, digits, - and _ that begins with a letter',
      remedy: "Pass something like 'orders'.",
      required: true,
    }),
    kind: option(v.picklist(['availability', 'latency']), {
      rule: "'availability' or 'latency'",
      remedy: 'Pass one of them.',
      required: true,
    }),
    source: option(v.picklist(['command', 'query', 'http']), {
      rule: "'command', 'query' or 'http'",
      remedy: 'Pass one of them, or leave the option out.',
    }),
    handler: option(matching(/^(?!\s*$)[^\n]+$/), {
      rule: 'the name of a command, query or endpoint',
      remedy: 'Pass the name, or leave the option out for all of them.',
    }),
    objective: option(v.pipe(finite, v.minValue(OBJECTIVE.least), v.maxValue(OBJECTIVE.most)), {
      rule: `a percentage of ${OBJECTIVE.least} or more, up to ${OBJECTIVE.most}`,
      remedy: 'Pass something like 99.9.',
      required: true,
    }),
    thresholdSeconds: option(v.pipe(finite, v.gtValue(0)), {
      rule: 'a number of seconds above 0',
      remedy: 'Pass something like 0.5.',
    }),
    buckets: bucketBounds((it) => it > 0, 'a list of ascending numbers of seconds above 0'),
  },
  { rule: 'an objective', remedy: 'Pass { name, kind, objective }.', checks: sloChecks },
);

/** Description of {@link AlertOptions}. @public */
export const alertOptions = group<AlertOptions>({
  namespace: namespace(),
  selector: selectorOption(),
  aggregateBy: list(
    option((it) => typeof it === 'string' && LABEL.test(it) && !ownLabels.has(it), {
      rule: 'the name of a label that neither the rules nor the metrics set themselves',
      remedy: "Pass a label of the targets, such as 'namespace'.",
    }),
    { rule: 'a list of label names', remedy: "Pass something like ['job'].", atLeast: 1 },
  ),
  parameters: alertParameters(),
  runbookUrl: option((it) => typeof it === 'string' && isRunbookAddress(it), {
    rule: 'an address that begins with http:// or https:// and has no credentials, and no braces but {alert}',
    remedy: "Pass something like 'https://shop.example/runbooks'.",
  }),
  slos: list(sloOptions, { rule: 'a list of objectives', remedy: 'Pass an array.' }),
});

/** Checked options with their defaults. */
export interface AlertChoice extends Required<Omit<AlertOptions, 'runbookUrl' | 'parameters'>> {
  readonly scope: AlertScope;
  /** Labels and values that the selector demands with `=`. */
  readonly selected: Readonly<Record<string, string>>;
  readonly runbookUrl: string | undefined;
  /** Returns the values of an alert's parameters. */
  valuesOf(alert: AlertDefinition & { readonly name: string }): Readonly<Record<string, number>>;
}

/**
 * Checks options, and completes them.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` with all problems.
 */
export function chosen(options: AlertOptions = {}): AlertChoice {
  const problems = optionProblems('', alertOptions, options);
  const wrong =
    problems.length > 0
      ? problems
      : [...parameterProblems(options.parameters), ...doubles(options), ...doubleLabels(options)];
  if (wrong.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...wrong);
  const { selector = '', aggregateBy = ['job'], parameters = {}, slos = [] } = options;
  const labelled =
    (word: string) =>
    (...labels: readonly string[]) =>
      `${word} (${[...new Set([...aggregateBy, ...labels])].join(', ')})`;
  return {
    namespace: options.namespace ?? OWN_NAMESPACE,
    selector: selectorText(selector),
    aggregateBy,
    slos,
    runbookUrl: options.runbookUrl,
    scope: { by: labelled('by'), on: labelled('on') },
    selected: Object.fromEntries(
      matchersOf(selector).flatMap(({ name, operator, value }) =>
        operator === '=' ? [[name, value] as const] : [],
      ),
    ),
    valuesOf: (alert) =>
      Object.fromEntries(
        Object.entries(alert.parameters).map(([name, it]) => [
          name,
          parameters[`${alert.name}.${name}`] ?? it.default,
        ]),
      ),
  };
}

/** Two objectives of one name would record one series. */
function doubles({ slos = [] }: AlertOptions): ConfigurationProblem[] {
  return slos.flatMap(({ name }, i) =>
    slos.findIndex((it) => it.name === name) === i
      ? []
      : [
          {
            subject: `slos[${i}].name`,
            value: name,
            rule: 'must be unique',
            remedy: 'Choose another name.',
          },
        ],
  );
}

function doubleLabels({ aggregateBy = [] }: AlertOptions): ConfigurationProblem[] {
  const double = aggregateBy.find((it, i) => aggregateBy.indexOf(it) !== i);
  if (double === undefined) return [];
  const rule = 'must name each label once';
  return [{ subject: 'aggregateBy', value: double, rule, remedy: 'Remove the double.' }];
}

function isRunbookAddress(text: string): boolean {
  return isWebAddress(text) && !/[{}]/.test(text.replaceAll('{alert}', ''));
}

/** Returns true for an address of the web without credentials. */
export function isWebAddress(text: string): boolean {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  return (
    address !== undefined &&
    /^https?:\/\//.test(text) &&
    !/\s/.test(text) &&
    address.username === '' &&
    address.password === ''
  );
}
