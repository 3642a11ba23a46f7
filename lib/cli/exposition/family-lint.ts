import type { MetricType } from '../../metrics/definition/metric-definition.js';
import { lintMetrics } from '../../metrics/definition/metric-lint.js';
import { type Exposition, labelOf, type PageFamily, type PageSample } from './exposition.js';
import type { PageFormat, PageProblem } from './exposition.js';
import { histogramProblems } from './histogram-lint.js';

/** Rules of definitions that a page can break as well. */
const SHARED = new Set(['counter-total', 'no-total', 'base-unit', 'type-in-name', 'help']);
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const CAMEL_CASE = /[a-z][A-Z]/;
const RESERVED: readonly (readonly [suffix: string, types: readonly string[]])[] = [
  ['_bucket', ['histogram', 'gaugehistogram']],
  ['_count', ['histogram', 'summary']],
  ['_sum', ['histogram', 'summary']],
];
/** Unix times in seconds are below this number for 3,000 years, and those in milliseconds above since 1973. */
const MILLISECONDS_FROM = 1e11;

type Found = readonly [code: string, message: string, line?: number];

/** Returns the violations of naming rules and of the rules of each type. */
export function lintExposition({ families, format }: Exposition): PageProblem[] {
  return families.flatMap((family) =>
    [
      ...sharedProblems(family, format),
      ...nameProblems(family, format),
      ...sampleProblems(family, format),
      ...histogramProblems(family),
    ].map(([code, message, line = family.line]) => ({
      line,
      code,
      message: `${family.name}: ${message}`,
    })),
  );
}

/** In OpenMetrics the name of a counter is without the suffix of its samples. */
function sharedProblems({ name, type, help = '' }: PageFamily, format: PageFormat): Found[] {
  const isCounter = type === 'counter';
  const isPlain = type !== 'histogram' && !isCounter;
  const exposed = isCounter && format === 'openmetrics' ? `${name}_total` : name;
  const definition = {
    name: exposed,
    help,
    type: (isPlain ? 'gauge' : type) as MetricType,
    ...(type === 'histogram' && { buckets: [1] }),
  };
  const problems = lintMetrics([definition as never]);
  return problems
    .filter(({ rule }) => SHARED.has(rule) && !(rule === 'no-total' && type === 'untyped'))
    .filter(({ rule }) => rule !== 'type-in-name' || type !== 'untyped')
    .map(({ rule, message }) => [rule, message]);
}

function* nameProblems({ name, type, unit, samples }: PageFamily, format: PageFormat) {
  const problem = (code: string, message: string): Found => [code, message];
  if (name.includes(':')) yield problem('snake-case', 'colons are for recording rules');
  const labels = new Set(samples.flatMap((it) => it.labels.map(([label]) => label)));
  const odd = [name, ...labels].find((it) => CAMEL_CASE.test(it));
  if (odd !== undefined) yield problem('snake-case', `names are in snake_case, not ${odd}`);
  for (const label of labels) {
    if (!LABEL_NAME.test(label))
      yield problem('label-name', `a label name matches [a-zA-Z_][a-zA-Z0-9_]*, not ${label}`);
    else if (label.startsWith('__')) yield problem('label-name', `label ${label} is reserved`);
  }
  if (unit && !name.endsWith(`_${unit}`)) yield problem('unit-suffix', `the name ends in _${unit}`);
  if (type === 'untyped') return;
  for (const [suffix, types] of RESERVED)
    if (name.endsWith(suffix) && !types.includes(type))
      yield problem('reserved-suffix', `the suffix ${suffix} is reserved for ${types.join(', ')}`);
  if (labels.has('le') && !type.endsWith('histogram'))
    yield problem('label-of-exposition', 'the label le is reserved for histograms');
  if (labels.has('quantile') && type !== 'summary')
    yield problem('label-of-exposition', 'the label quantile is reserved for summaries');
  if (format === 'openmetrics' && type === 'counter' && samples.length > 0)
    if (!samples.some((it) => it.name === `${name}_total`))
      yield problem('counter-total', 'the sample of a counter ends in _total');
}

function* sampleProblems({ type, samples }: PageFamily, format: PageFormat): Iterable<Found> {
  const seen = new Set<string>();
  for (const sample of samples) {
    const names = sample.labels.map(([name]) => name);
    if (new Set(names).size < names.length)
      yield ['label-unique', 'a sample has a label twice', sample.line];
    const key = seriesKey(sample);
    if (seen.has(key)) yield ['duplicate-series', 'the page has a series twice', sample.line];
    seen.add(key);
    if (type === 'counter' && !sample.name.endsWith('_created') && !(sample.value >= 0))
      yield ['counter-value', 'the value of a counter is 0 or more', sample.line];
    if (type === 'summary' && !isQuantile(labelOf(sample, 'quantile')))
      yield ['quantile', 'the label quantile is a number from 0 to 1', sample.line];
    for (const time of [sample.timestamp, sample.exemplarTimestamp]) {
      const problem = time === undefined ? undefined : timestampProblem(time, format);
      if (problem !== undefined) yield ['timestamp', problem, sample.line];
    }
  }
}

function seriesKey({ name, labels }: PageSample): string {
  const sorted = labels.length < 2 ? labels : labels.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, sorted]);
}

function isQuantile(text: string | undefined): boolean {
  return text === undefined || (text !== '' && Number(text) >= 0 && Number(text) <= 1);
}

function timestampProblem(text: string, format: PageFormat): string | undefined {
  const time = Number(text);
  const isMilliseconds = Math.abs(time) >= MILLISECONDS_FROM;
  if (format === 'text')
    return /^[+-]?\d+$/.test(text) && (isMilliseconds || time === 0)
      ? undefined
      : 'a timestamp is a whole number of milliseconds since 1970';
  return Number.isFinite(time) && !isMilliseconds
    ? undefined
    : 'a timestamp is in seconds since 1970';
}
