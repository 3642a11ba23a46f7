import { labelNameProblem } from '../kernel/label.js';
import type { MetricDefinition } from './metric-definition.js';

/** One broken rule of one metric. */
export interface LintProblem {
  readonly metric: string;
  /** Kebab-case name of the rule, to switch it off by. */
  readonly rule: string;
  readonly message: string;
}

type Rule = (metric: MetricDefinition) => string | undefined;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const BASE_UNITS: Readonly<Record<string, string>> = {
  milliseconds: 'seconds',
  ms: 'seconds',
  microseconds: 'seconds',
  nanoseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  kilobytes: 'bytes',
  kb: 'bytes',
  megabytes: 'bytes',
  mb: 'bytes',
  percent: 'ratio',
  celsius_millis: 'celsius',
};
// What a histogram adds to its name; a label `le` or `quantile` would be overwritten by the exposition.
const RESERVED_SUFFIXES = ['_bucket', '_count', '_sum', '_created', '_info'];
const HIGH_CARDINALITY_LABEL = /(^|_)(id|uuid|email|ip|url|path|timestamp|token|session)$/;

const fatalRules: Readonly<Record<string, Rule>> = {
  'metric-name': ({ name }) =>
    METRIC_NAME.test(name) ? undefined : 'a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*',
  'label-name': ({ labels = [] }) => labels.map(labelNameProblem).find((it) => it !== undefined),
  'label-unique': ({ labels = [] }) =>
    new Set(labels).size === labels.length ? undefined : 'a label name stands twice',
  'label-reserved': ({ type, labels = [] }) =>
    type === 'histogram' && labels.includes('le')
      ? 'the label "le" belongs to the buckets of a histogram'
      : undefined,
  'bucket-order': ({ buckets = [] }) =>
    buckets.every((it, i) => Number.isFinite(it) && (i === 0 || it > (buckets[i - 1] as number)))
      ? undefined
      : 'bucket bounds are finite numbers in ascending order, each once',
  'bucket-count': ({ type, buckets }) =>
    type === 'histogram' && buckets?.length === 0
      ? 'a histogram has at least one bound'
      : undefined,
};

const namingRules: Readonly<Record<string, Rule>> = {
  'counter-total': ({ name, type }) =>
    type === 'counter' && !name.endsWith('_total')
      ? 'the name of a counter ends in _total'
      : undefined,
  'no-total': ({ name, type }) =>
    type !== 'counter' && name.endsWith('_total') ? 'only counters end in _total' : undefined,
  'reserved-suffix': ({ name }) => {
    const suffix = RESERVED_SUFFIXES.find((it) => name.endsWith(it));
    return suffix === undefined || name.endsWith('build_info')
      ? undefined
      : `the suffix ${suffix} is made by the exposition format`;
  },
  'snake-case': ({ name }) =>
    /[A-Z]|__/.test(name) ? 'a name is written in single_underscore lower case' : undefined,
  'base-unit': ({ name }) => {
    const word = name.split('_').find((it) => it in BASE_UNITS);
    return word === undefined ? undefined : `use the base unit ${BASE_UNITS[word]}, not ${word}`;
  },
  'unit-suffix': ({ name, unit }) =>
    unit === undefined || name.replace(/_total$/, '').endsWith(`_${unit}`)
      ? undefined
      : `the name ends in its unit, _${unit}`,
  'type-in-name': ({ name, type }) =>
    name.split('_').includes(type) ? `the name repeats its type, ${type}` : undefined,
  'label-in-name': ({ name, labels = [] }) => {
    const label = labels.find((it) => name.includes(`_by_${it}`));
    return label === undefined ? undefined : `the name repeats its label ${label}`;
  },
  'label-cardinality': ({ labels = [] }) => {
    const label = labels.find((it) => HIGH_CARDINALITY_LABEL.test(it));
    return label === undefined ? undefined : `the label ${label} has no bound on its values`;
  },
  help: ({ help }) => (help.trim() === '' ? 'a metric has a help text' : undefined),
};

/**
 * Checks metrics against the naming rules of Prometheus (https://prometheus.io/docs/practices/naming/).
 *
 * @param metrics - Definitions, for example those of an application's own metrics in one of its tests.
 * @returns One entry per broken rule; empty when all is well.
 *
 * @example
 * ```ts
 * import { lintMetrics } from '@eventcore/nestjs-observability';
 *
 * const problems = lintMetrics([{ name: 'shop_payment_ms', type: 'histogram', help: 'Payment time.' }]);
 * // [{ metric: 'shop_payment_ms', rule: 'base-unit', message: 'use the base unit seconds, not ms' }]
 * ```
 */
export function lintMetrics(metrics: Iterable<MetricDefinition>): LintProblem[] {
  return [...metrics].flatMap((metric) => [
    ...problemsOf(metric, fatalRules),
    ...problemsOf(metric, namingRules),
  ]);
}

/** The rules without which a metric cannot be exposed at all. */
export function fatalProblems(metric: MetricDefinition): LintProblem[] {
  return problemsOf(metric, fatalRules);
}

function problemsOf(
  metric: MetricDefinition,
  rules: Readonly<Record<string, Rule>>,
): LintProblem[] {
  return Object.entries(rules).flatMap(([rule, check]) => {
    const message = check(metric);
    return message === undefined ? [] : [{ metric: metric.name, rule, message }];
  });
}
