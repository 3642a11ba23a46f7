import { type LatencyQuantile, quantileOf } from '../../../performance/latency-distribution.js';
import type { Readings } from '../../../performance/readings.js';
import { rounded, roughly } from '../../quantity.format.js';
import type { Gauges } from '../gauges.js';
import type { CallMetrics, Part } from '../live-metrics.js';
import type { CallRow } from '../live-state.js';
import { keyOf, perSlot, recentBuckets, recentSeconds, recentSum, type Window } from '../window.js';

/** Source of the rows of a table. */
export interface CallSource {
  readonly readings: Readings;
  readonly window: Window;
  readonly gauges: Gauges;
}

/** Calls from which on their number is rounded. */
const FEW = 100;

/** Sums of a counter by the labels of a row. */
interface Sums {
  readonly labels: Readonly<Record<string, string>>;
  readonly perTick: Float64Array;
}

/** Reads the rows of a table of calls, by name. A handler that has not been called has a row. */
export async function readCallRows(table: CallMetrics, source: CallSource): Promise<CallRow[]> {
  const { readings, window, gauges } = source;
  const { labels } = table;
  const finished = await sumsOf(table, { metric: table.finished }, source);
  const [failed, rejected, retries, buckets] = await Promise.all([
    sumsOf(table, table.failed, source),
    table.rejected && sumsOf(table, table.rejected, source),
    table.retries === undefined ? undefined : sumsOf(table, { metric: table.retries }, source),
    recentBuckets(readings, { histogram: table.duration, labels, window }),
  ]);
  const inFlight = new Map(
    gauges
      .all(table.inFlight ?? '')
      .map((it) => [keyOf(labels.map((label) => it.labels[label] ?? '')), it.value]),
  );
  const seconds = recentSeconds(window);
  const rows = [...finished].map(([key, sums]): CallRow => {
    const calls = recentSum(window, sums.perTick);
    const sumOf = (it: ReadonlyMap<string, Sums> | undefined) =>
      it && recentSum(window, it.get(key)?.perTick ?? []);
    const share = (count: number | undefined) =>
      count === undefined || calls === 0 ? undefined : rounded(Math.min(1, count / calls));
    const retried = sumOf(retries);
    return {
      name: labels.map((it) => sums.labels[it]).join(' '),
      labels: sums.labels,
      rate: seconds === 0 ? 0 : rounded(calls / seconds),
      calls: calls < FEW ? Math.round(calls) : roughly(calls / FEW) * FEW,
      failing: share(sumOf(failed)),
      rejected: share(sumOf(rejected)),
      ...latencies(quantiles(buckets.get(key) ?? [])),
      inFlight: inFlight.get(key),
      retries: retried === undefined || seconds === 0 ? undefined : rounded(retried / seconds),
      // The slot that grows changes with each tick.
      spark: perSlot(window, (i, s) => (s > 0 ? roughly(sums.perTick[i]! / s) : null)).slice(0, -1),
    };
  });
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function sumsOf(
  { labels }: CallMetrics,
  { metric, label, values }: Part,
  { readings, window }: CallSource,
): Promise<ReadonlyMap<string, Sums>> {
  // The patterns are those of the library's own tables.
  const accepts = values === undefined ? undefined : new RegExp(`^(?:${values})$`);
  const sums = new Map<string, Sums>();
  for (const growth of await readings.growths(metric, window.ticks)) {
    if (label !== undefined && accepts?.test(growth.labels.get(label)) === false) continue;
    const of = Object.fromEntries(labels.map((it) => [it, growth.labels.get(it)]));
    const key = keyOf(Object.values(of));
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { labels: of, perTick: growth.perTick.slice() });
    else for (const [i, it] of growth.perTick.entries()) known.perTick[i]! += it;
  }
  return sums;
}

type Quantiles = readonly (LatencyQuantile | undefined)[];

function quantiles(buckets: Parameters<typeof quantileOf>[0]): Quantiles {
  return [0.5, 0.95, 0.99].map((it) => quantileOf(buckets, it));
}

function latencies([p50, p95, p99]: Quantiles): Partial<CallRow> {
  if (p50 === undefined || p95 === undefined || p99 === undefined) return {};
  return {
    p50: roughly(p50.seconds),
    p95: roughly(p95.seconds),
    p99: roughly(p99.seconds),
    ...(p99.isAbove && { over: true }),
  };
}
