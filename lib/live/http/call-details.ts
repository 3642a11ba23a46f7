import { type BucketGrowth, quantileOf } from '../../performance/latency-distribution.js';
import { bucketGrowthOf, Readings, type SeriesGrowth } from '../../performance/readings.js';
import type { StoredTrace } from '../../tracing/store/stored-trace.js';
import { rounded } from '../quantity.format.js';
import { type CallTable, liveMetrics } from '../state/live-metrics.js';
import type { LiveSources } from '../state/live-sources.js';
import type { TraceRow } from '../state/live-state.js';
import { readTraceRows } from '../state/rows/trace-rows.js';
import { gridUntil, perSlot, readWindow, type Window } from '../state/window.js';

const MINUTE_MS = 60_000;
const MINUTES = 60;
const ERRORS_MS = 900_000;
const MOST_FAILED = 200;

/** Calls of one row over the last hour, minute by minute. */
export interface CallDetails {
  readonly startMs: number;
  readonly stepMs: number;
  readonly rate: readonly (number | null)[];
  readonly failing: readonly (number | null)[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  /** Upper bounds of the buckets in seconds, without the last. */
  readonly bounds: readonly number[];
  /** Calls by minute and bucket. */
  readonly heat: readonly (readonly number[] | null)[];
  /** Error types of the recorded spans of the last 15 minutes. */
  readonly errors: readonly { readonly type: string; readonly count: number }[];
  readonly traces: readonly TraceRow[];
}

/** Returns the name of the spans of a row. */
function spanNameOf(table: CallTable, name: string): string {
  const prefix = {
    commands: 'command ',
    queries: 'query ',
    operations: 'event_store ',
    jobs: 'job ',
    routes: '',
  };
  return prefix[table] + name;
}

/** Reads the details of a row; the labels are those of the row. */
export async function readCallDetails(
  sources: LiveSources,
  table: CallTable,
  labels: Readonly<Record<string, string>>,
): Promise<CallDetails> {
  const names = liveMetrics(sources.namespace);
  const metrics = names.calls[table];
  const readings = new Readings(sources.history);
  const nowMs = sources.clock.wallMs();
  const grid = gridUntil(nowMs, MINUTE_MS, MINUTES);
  const window = await readWindow(readings, names.uptime, grid);
  const own = async (metric: string) => {
    const all = await readings.growths(metric, window.ticks);
    const wanted = Object.entries(labels);
    return all.filter((it) => wanted.every(([key, value]) => it.labels.get(key) === value));
  };
  const { label, values, metric } = metrics.failed;
  const accepts = new RegExp(`^(?:${values ?? '.*'})$`);
  const failed = (await own(metric)).filter(
    (it) => label === undefined || accepts.test(it.labels.get(label)),
  );
  const finished = await own(metrics.finished);
  const sum = (all: readonly SeriesGrowth[], i: number) =>
    all.reduce((total, it) => total + it.perTick[i]!, 0);
  const spanName = spanNameOf(table, metrics.labels.map((it) => labels[it] ?? '').join(' '));
  return {
    startMs: grid.startMs,
    stepMs: grid.stepMs,
    rate: perSlot(window, (i, s) => rounded(sum(finished, i) / s)),
    failing: perSlot(window, (i) => {
      const calls = sum(finished, i);
      return calls === 0 ? null : rounded(sum(failed, i) / calls);
    }),
    ...distribution(await own(`${metrics.duration}_bucket`), window),
    ...(await readSpans(sources, spanName, nowMs)),
  };
}

function distribution(
  buckets: readonly SeriesGrowth[],
  window: Window,
): Pick<CallDetails, 'p50' | 'p95' | 'p99' | 'bounds' | 'heat'> {
  const bySeries = new Map<string, SeriesGrowth[]>();
  for (const it of buckets) {
    const key = it.labels.without(['le']).key;
    bySeries.set(key, [...(bySeries.get(key) ?? []), it]);
  }
  const growthAt = (i: number): BucketGrowth[] =>
    [...bySeries.values()].map((series) =>
      bucketGrowthOf(new Map(series.map((it) => [boundOf(it), it.perTick[i]!]))),
    );
  const slots = perSlot(window, (i) => i);
  const growths = slots.map((i) => (i === null ? undefined : growthAt(i)));
  const of = (q: number) =>
    growths.map((it) => (it === undefined ? null : (rounded(quantileOf(it, q)?.seconds) ?? null)));
  const bounds = [...new Set(buckets.map(boundOf))].filter((it) => it !== Infinity);
  const sorted = bounds.toSorted((a, b) => a - b);
  return {
    p50: of(0.5),
    p95: of(0.95),
    p99: of(0.99),
    bounds: sorted,
    heat: growths.map((it) => (it === undefined ? null : countsOf(it, sorted))),
  };
}

function boundOf({ labels }: SeriesGrowth): number {
  const bound = labels.get('le');
  return bound === '+Inf' ? Infinity : Number(bound);
}

/** Adds the buckets of several series; the last count is that above all bounds. */
function countsOf(growths: readonly BucketGrowth[], bounds: readonly number[]): number[] {
  const counts = Array.from({ length: bounds.length + 1 }, () => 0);
  for (const it of growths) {
    for (const [i, count] of it.counts.entries()) {
      const bound = it.bounds[i];
      counts[bound === undefined ? bounds.length : bounds.indexOf(bound)]! += count;
    }
  }
  return counts;
}

async function readSpans(
  { traces }: LiveSources,
  name: string,
  nowMs: number,
): Promise<Pick<CallDetails, 'errors' | 'traces'>> {
  if (traces === undefined) return { errors: [], traces: [] };
  const rows = await readTraceRows(traces, nowMs, name);
  const query = { name, status: 'error', fromMs: nowMs - ERRORS_MS, limit: MOST_FAILED } as const;
  const failed = await traces.findTraces(query);
  return { errors: failed.ok ? typesOf(failed.value, name) : [], traces: rows.rows };
}

function typesOf(traces: readonly StoredTrace[], name: string): CallDetails['errors'] {
  const counts = new Map<string, number>();
  for (const span of traces.flatMap(({ spans }) => spans)) {
    if (span.name !== name || span.status.code !== 'error') continue;
    const type = String(span.attributes['error.type'] ?? 'unknown');
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const all = [...counts].map(([type, count]) => ({ type, count }));
  return all.toSorted((a, b) => b.count - a.count);
}
