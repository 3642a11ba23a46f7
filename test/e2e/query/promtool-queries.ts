import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  LabelSet,
  MetricQueries,
  type SampleSeries,
  type SeriesSource,
} from '../../../lib/query/index.js';

/** Series in the notation of promtool, and queries on them. */
export interface QueriedSeries {
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly queries: readonly string[];
}

/** Values of each series by its labels. */
type Answer = ReadonlyMap<string, number>;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

function milliseconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhd])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}

/** Expands `1+2x3 _ stale 4`. */
function expand(values: string): (number | 'stale' | undefined)[] {
  return values
    .trim()
    .split(/\s+/)
    .flatMap((it): (number | 'stale' | undefined)[] => {
      const [, start = '', change, count] =
        /^(_|stale|[-+]?(?:[\d.]+(?:e[-+]?\d+)?|inf|nan))([-+][\d.]+(?:e[-+]?\d+)?)?(?:x(\d+))?$/i.exec(
          it,
        ) ?? [];
      if (start === '_') return Array.from({ length: Number(count ?? 1) }, () => undefined);
      if (start === 'stale') return ['stale'];
      const first = /^[-+]?inf$/i.test(start)
        ? start.startsWith('-')
          ? -Infinity
          : Infinity
        : Number(start);
      return Array.from(
        { length: Number(count ?? 0) + 1 },
        (_, i) => first + i * Number(change ?? 0),
      );
    });
}

function labelsOf(text: string): LabelSet {
  const [, name = '', rest = ''] = /^([\w:]*)(?:\{(.*)\})?$/.exec(text) ?? [];
  const pairs = [...rest.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  const labels = pairs.map(([, label, value]) => [label, JSON.parse(`"${value}"`) as string]);
  return LabelSet.of({ __name__: name, ...Object.fromEntries(labels) });
}

function stored({ interval, input_series }: QueriedSeries): SampleSeries[] {
  const stepMs = milliseconds(interval);
  return input_series.map(({ series, values }) => {
    const all = expand(values).map((value, i) => [i * stepMs, value] as const);
    const samples = all.filter(([, value]) => typeof value === 'number');
    return {
      labels: labelsOf(series),
      timesMs: Float64Array.from(samples, ([atMs]) => atMs),
      values: Float64Array.from(samples, ([, value]) => value as number),
      staleAtMs: all.flatMap(([atMs, value]) => (value === 'stale' ? [atMs] : [])),
    };
  });
}

/** Returns what the library answers. */
export async function ourAnswers(it: QueriedSeries, at: string): Promise<Map<string, Answer>> {
  const series = stored(it);
  const source: SeriesSource = {
    select: ({ matchers }) =>
      series.filter(({ labels }) => matchers.every((one) => one.matches(labels.get(one.name)))),
  };
  const queries = new MetricQueries(source, { subqueryStepMs: milliseconds(EVALUATION) });
  const answers = new Map<string, Answer>();
  for (const query of it.queries) {
    const result = await queries.query(query, { atMs: milliseconds(at) });
    const samples =
      result.type === 'vector'
        ? result.samples
        : [{ labels: LabelSet.empty, value: result.type === 'scalar' ? result.value : Number.NaN }];
    answers.set(query, new Map(samples.map(({ labels, value }) => [labels.key, value])));
  }
  return answers;
}

const NEVER = [{ labels: '{never="expected"}', value: 0 }];
// promtool stores samples up to the last evaluation of rules, and takes the interval for subqueries as well.
const EVALUATION = '15s';

/** Returns what Prometheus answers: promtool prints the results that its tests do not expect. */
export function promtoolAnswers(
  promtool: string,
  all: readonly QueriedSeries[],
  at: string,
): Map<string, Answer>[] {
  const folder = mkdtempSync(join(tmpdir(), 'queries-'));
  try {
    const tests = all.map(({ interval, input_series, queries }) => ({
      interval,
      input_series,
      promql_expr_test: queries.map((expr) => ({ expr, eval_time: at, exp_samples: NEVER })),
    }));
    const file = join(folder, 'test.json');
    writeFileSync(file, JSON.stringify({ evaluation_interval: EVALUATION, tests }));
    const { stdout, stderr } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
    // The answers have the order of the queries.
    const answers = parseAnswers(stdout + stderr);
    return all.map(({ queries }) => new Map(answers.splice(0, queries.length)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parseAnswers(text: string): [string, Answer][] {
  const found = text.matchAll(/expr: ("(?:[^"\\]|\\.)*"), time: \S+,\s+exp: .*\n\s+got: (.*)/g);
  return [...found].map(([, expression, got = '']) => {
    const samples = got.matchAll(/(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}) (NaN|[-+]Inf|[-+.\dE]+)/g);
    const values = [...samples].map(
      ([, labels, value]) => [labelsOf(labels!).key, numberOf(value!)] as const,
    );
    return [JSON.parse(expression!) as string, new Map(values)];
  });
}

function numberOf(text: string): number {
  if (text.endsWith('Inf')) return text.startsWith('-') ? -Infinity : Infinity;
  return Number(text);
}

/** Returns true for equal answers: values with a relative difference up to 1e-9. */
export function isEqual(one: Answer, other: Answer): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([labels, value]) => {
    const wanted = other.get(labels);
    if (wanted === undefined) return false;
    if (Object.is(value, wanted) || value === wanted) return true;
    return Math.abs(value - wanted) <= 1e-9 * Math.max(Math.abs(value), Math.abs(wanted));
  });
}
