// Adapter for runners of Prometheus' own query cases: `open(series)` gives an engine over these samples. It needs `dist` alone.
import { LabelSet, MetricQueries } from '../../dist/query/index.js';

const formatted = (value) =>
  Number.isNaN(value)
    ? 'NaN'
    : value === Infinity
      ? '+Inf'
      : value === -Infinity
        ? '-Inf'
        : String(value);

const forms = {
  scalar: ({ atMs, value }) => [atMs / 1_000, formatted(value)],
  string: ({ atMs, value }) => [atMs / 1_000, value],
  vector: ({ samples }) =>
    samples.map(({ labels, atMs, value }) => ({
      metric: labels.toJSON(),
      value: [atMs / 1_000, formatted(value)],
    })),
  matrix: ({ series }) =>
    series.map(({ labels, timesMs, values }) => ({
      metric: labels.toJSON(),
      values: timesMs.map((it, i) => [it / 1_000, formatted(values[i])]),
    })),
};

/** Result in the form of the HTTP API of Prometheus. */
const asApi = (result) => ({ resultType: result.type, result: forms[result.type](result) });

/**
 * @param series - `{ labels: { __name__, … }, points: [[timeMs, number | 'stale'], …] }`.
 */
export function open(series) {
  const stored = series.map(({ labels, points }) => {
    const samples = points.filter(([, value]) => value !== 'stale');
    return {
      labels: LabelSet.of(labels),
      timesMs: Float64Array.from(samples, ([atMs]) => atMs),
      values: Float64Array.from(samples, ([, value]) => value),
      staleAtMs: points.flatMap(([atMs, value]) => (value === 'stale' ? [atMs] : [])),
    };
  });
  const matches = ({ labels }, matchers) => matchers.every((it) => it.matches(labels.get(it.name)));
  const queries = new MetricQueries({
    select: ({ matchers }) => stored.filter((it) => matches(it, matchers)),
  });
  return {
    instant: async (query, atMs) => asApi(await queries.query(query, { atMs })),
    range: async (query, startMs, endMs, stepMs) =>
      asApi(await queries.queryRange(query, { startMs, endMs, stepMs })),
  };
}
