import {
  LabelSet,
  MetricQueries,
  type MetricQueriesOptions,
  type SampleSeries,
} from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** Samples of a series, one every 30 seconds from 0 on; `undefined` for none, `'stale'` where the series ends. */
export type Samples = readonly (number | 'stale' | undefined)[];

const STEP_MS = 30_000;

/** Returns a series; labels as `name{a="b"}` without escapes. */
function seriesOf(text: string, samples: Samples): SampleSeries {
  const [, name = '', pairs = ''] = /^(\w*)(?:\{(.*)\})?$/.exec(text) ?? [];
  const labels = [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map((it) => [it[1], it[2]] as const);
  const at = samples.flatMap((it, i) =>
    typeof it === 'number' ? [[i * STEP_MS, it] as const] : [],
  );
  return {
    labels: LabelSet.of({ __name__: name, ...Object.fromEntries(labels) }),
    timesMs: Float64Array.from(at, ([timeMs]) => timeMs),
    values: Float64Array.from(at, ([, value]) => value),
    staleAtMs: samples.flatMap((it, i) => (it === 'stale' ? [i * STEP_MS] : [])),
  };
}

/** Returns queries over series by their labels. */
export function queriesOver(
  series: Readonly<Record<string, Samples>>,
  options: MetricQueriesOptions = {},
): MetricQueries {
  const stored = Object.entries(series).map(([text, samples]) => seriesOf(text, samples));
  const source = {
    select: ({
      matchers,
    }: {
      matchers: readonly { name: string; matches(it: string): boolean }[];
    }) => stored.filter(({ labels }) => matchers.every((it) => it.matches(labels.get(it.name)))),
  };
  return new MetricQueries(source, options, new ManualClock());
}

/** Returns the result of an instant query as lines `labels value`. */
export async function answer(
  queries: MetricQueries,
  query: string,
  atSeconds = 300,
): Promise<readonly string[] | number | string> {
  const result = await queries.query(query, { atMs: atSeconds * 1_000 });
  if (result.type === 'scalar' || result.type === 'string') return result.value;
  if (result.type === 'vector') {
    return result.samples.map(({ labels, value }) => `${labels.toString()} ${round(value)}`);
  }
  return result.series.map(({ labels, timesMs, values }) => {
    const points = timesMs.map((it, i) => `${it / 1_000}:${round(values[i]!)}`);
    return `${labels.toString()} ${points.join(' ')}`;
  });
}

/** Returns the result of a range query as lines `labels time:value …`. */
export async function answerRange(
  queries: MetricQueries,
  query: string,
  [start, end, step]: readonly [number, number, number],
): Promise<readonly string[]> {
  const range = { startMs: start * 1_000, endMs: end * 1_000, stepMs: step * 1_000 };
  const result = await queries.queryRange(query, range);
  if (result.type !== 'matrix') throw new Error(result.type);
  return result.series.map(({ labels, timesMs, values }) => {
    const points = timesMs.map((it, i) => `${it / 1_000}:${round(values[i]!)}`);
    return `${labels.toString()} ${points.join(' ')}`;
  });
}

const round = (value: number) => Math.round(value * 1e9) / 1e9;
