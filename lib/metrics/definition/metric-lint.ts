import { labelNameProblem } from '../../kernel/label.js';
import type { MetricDefinition } from './metric-definition.js';

// The unit words of promlint, the linter behind `promtool check metrics`, plus `percent`.
// Source: https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint/validations
const BASE_UNITS: Readonly<Record<string, readonly string[]>> = {
  amperes: ['amperes'],
  bytes: ['bytes', 'bits'],
  celsius: ['celsius', 'fahrenheit', 'rankine'],
  grams: ['grams', 'pounds', 'ounces'],
  joules: ['joules', 'calories'],
  kelvin: ['kelvin', 'kelvins'],
  meters: ['meters', 'inches', 'yards', 'miles'],
  ratio: ['ratio', 'percent'],
  seconds: ['seconds', 'minutes', 'hours', 'days', 'weeks'],
  volts: ['volts'],
};
const PREFIXES = [
  ['', 'pico', 'nano', 'micro', 'milli', 'centi', 'deci', 'deca', 'hecto'],
  ['kilo', 'kibi', 'mega', 'mibi', 'giga', 'gibi', 'tera', 'tebi', 'peta', 'pebi'],
].flat();
const ABBREVIATIONS: Readonly<Record<string, readonly string[]>> = {
  seconds: ['s', 'ms', 'us', 'ns', 'sec', 'm', 'h', 'd'],
  bytes: ['b', 'kb', 'mb', 'gb', 'tb', 'pb'],
};

const baseUnitByWord = new Map([
  ...Object.entries(BASE_UNITS).flatMap(([base, words]) => withPrefixes(base, words)),
  ...Object.entries(ABBREVIATIONS).flatMap(([base, words]) =>
    words.map((it) => [it, base] as const),
  ),
]);

/** Returns the base unit to use in place of a word of a metric name; `undefined` for a base unit or any other word. */
function baseUnitInsteadOf(word: string): string | undefined {
  const base = baseUnitByWord.get(word);
  return base === word ? undefined : base;
}

function withPrefixes(base: string, words: readonly string[]) {
  return words.flatMap((word) => PREFIXES.map((prefix) => [`${prefix}${word}`, base] as const));
}

/** One rule violation of one metric. */
export interface LintProblem {
  /** Name of the metric. */
  readonly metric: string;
  /** Rule name in kebab case. */
  readonly rule: string;
  /** Description of the violation. */
  readonly message: string;
}

type Rule = (metric: MetricDefinition) => string | undefined;
/** Rules with their names. */
type Rules = readonly (readonly [string, Rule])[];

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
// The exposition formats generate these suffixes.
const RESERVED_SUFFIXES = ['_bucket', '_count', '_sum', '_created'];
const METRIC_TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'summary'];
const AGGREGATIONS: readonly unknown[] = ['sum', 'max', 'min', 'last'];
const HIGH_CARDINALITY_LABEL = /(^|_)(id|uuid|email|ip|url|path|timestamp|token|session)$/;

/** TypeScript guarantees these; a caller written in JavaScript does not. */
const shapeRules: Rules = Object.entries<Rule>({
  'definition-type': ({ type }) =>
    ['counter', 'gauge', 'histogram'].includes(type)
      ? undefined
      : 'the type is counter, gauge or histogram',
  'definition-text': ({ name, help }) =>
    typeof name === 'string' && typeof help === 'string' ? undefined : 'name and help are strings',
  'definition-labels': ({ labels = [] }) =>
    isListOf('string', labels) ? undefined : 'labels is an array of label names',
  'definition-buckets': ({ buckets = [] }) =>
    isListOf('number', buckets) ? undefined : 'buckets is an array of numbers',
});

const fatalRules: Rules = Object.entries<Rule>({
  'metric-name': ({ name }) =>
    METRIC_NAME.test(name) ? undefined : 'a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*',
  'label-name': ({ labels = [] }) => labels.map(labelNameProblem).find((it) => it !== undefined),
  'label-unique': ({ labels = [] }) =>
    new Set(labels).size === labels.length ? undefined : 'label names are unique',
  'label-reserved': ({ type, labels = [] }) =>
    type === 'histogram' && labels.includes('le')
      ? 'the label "le" is reserved for histogram buckets'
      : undefined,
  'bucket-order': ({ buckets = [] }) =>
    buckets.every((it, i) => Number.isFinite(it) && (i === 0 || it > (buckets[i - 1] as number)))
      ? undefined
      : 'bucket bounds are finite numbers in strictly ascending order',
  'bucket-count': ({ type, buckets }) =>
    type === 'histogram' && buckets?.length === 0
      ? 'a histogram has at least one bucket bound'
      : undefined,
  'series-limit': ({ seriesLimit = 1 }) =>
    Number.isInteger(seriesLimit) && seriesLimit > 0
      ? undefined
      : 'the series limit is an integer of 1 or more',
  aggregation: ({ type, aggregation = 'sum' }) =>
    (type === 'gauge' ? AGGREGATIONS.includes(aggregation) : aggregation === 'sum')
      ? undefined
      : 'the aggregation of a gauge is sum, max, min or last; counters and histograms are summed',
});

const namingRules: Rules = Object.entries<Rule>({
  'counter-total': ({ name, type }) =>
    type === 'counter' && !name.endsWith('_total')
      ? 'the name of a counter ends in _total'
      : undefined,
  'no-total': ({ name, type }) =>
    type !== 'counter' && name.endsWith('_total') ? 'only counters end in _total' : undefined,
  'reserved-suffix': ({ name, type }) => {
    const reserved = type === 'gauge' ? RESERVED_SUFFIXES : [...RESERVED_SUFFIXES, '_info'];
    const suffix = reserved.find((it) => name.endsWith(it));
    return suffix && `the suffix ${suffix} is reserved for the exposition format`;
  },
  'snake-case': ({ name, labels = [] }) => {
    const odd = [name, ...labels].find((it) => /[A-Z:]|__/.test(it));
    return odd === undefined
      ? undefined
      : `names are lower case with single underscores, not ${odd}`;
  },
  'base-unit': ({ name }) => {
    const word = words(name).find((it) => baseUnitInsteadOf(it) !== undefined);
    return word && `use the base unit ${baseUnitInsteadOf(word)}, not ${word}`;
  },
  'unit-suffix': ({ name, unit }) =>
    unit === undefined || name.replace(/_total$/, '').endsWith(`_${unit}`)
      ? undefined
      : `the name ends in its unit, _${unit}`,
  'type-in-name': ({ name }) => {
    const type = words(name).find((it) => METRIC_TYPES.includes(it));
    return type && `the name does not contain the metric type ${type}`;
  },
  'label-in-name': ({ name, labels = [] }) => {
    const label = labels.find((it) => name.includes(`_by_${it}`));
    return label === undefined ? undefined : `the name repeats its label ${label}`;
  },
  'label-of-exposition': ({ type, labels = [] }) => {
    // Gauges with quantiles are exposed as untyped, which may have this label.
    const reserved = type === 'gauge' ? ['le'] : ['le', 'quantile'];
    const label = labels.find((it) => reserved.includes(it));
    return label && `the label ${label} is reserved for histograms and summaries`;
  },
  'label-cardinality': ({ labels = [] }) => {
    const label = labels.find((it) => HIGH_CARDINALITY_LABEL.test(it));
    return label === undefined ? undefined : `the label ${label} has unbounded values`;
  },
  help: ({ help }) => (help.trim() === '' ? 'a metric has a help text' : undefined),
});

const allRules: Rules = [...fatalRules, ...namingRules];

/**
 * Checks metric definitions against the Prometheus naming rules (https://prometheus.io/docs/practices/naming/).
 *
 * @param metrics - Definitions, for example those of an application's own metrics in a unit test.
 * @returns One entry per violation; empty when there are none.
 *
 * @example
 * ```ts
 * import { lintMetrics } from '@eventcore/nestjs-observability/metrics';
 *
 * const problems = lintMetrics([{ name: 'shop_payment_ms', type: 'histogram', help: 'Payment time.' }]);
 * // [{ metric: 'shop_payment_ms', rule: 'base-unit', message: 'use the base unit seconds, not ms' }]
 * ```
 */
export function lintMetrics(metrics: Iterable<MetricDefinition>): LintProblem[] {
  return [...metrics].flatMap((metric) => {
    const malformed = problemsOf(metric, shapeRules);
    return malformed.length > 0 ? malformed : problemsOf(metric, allRules);
  });
}

/** Returns the violations that prevent a metric from being exposed. */
export function fatalProblems(metric: MetricDefinition): LintProblem[] {
  const malformed = problemsOf(metric, shapeRules);
  return malformed.length > 0 ? malformed : problemsOf(metric, fatalRules);
}

function words(name: string): string[] {
  return name.toLowerCase().split('_');
}

function isListOf(type: string, list: unknown): boolean {
  return Array.isArray(list) && list.every((it) => typeof it === type);
}

function problemsOf(metric: MetricDefinition, rules: Rules): LintProblem[] {
  return rules.flatMap(([rule, check]) => {
    const message = check(metric);
    return message === undefined ? [] : [{ metric: metric.name, rule, message }];
  });
}
