// Queries over the metric history: time, and the longest time in which the event loop did not turn.
import { MetricQueries } from '@eventcore/nestjs-observability/query';
import { quantile } from './measure.mjs';
import { openHistory, record } from './recorded-history.mjs';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const GROUPS = 10;

/** Counters as an application with many handlers has them. */
export function countersOf(count) {
  const labelSets = Array.from({ length: count }, (_, i) => [`h-${i}`, `g-${i % GROUPS}`]);
  const block = {
    labelSets,
    stride: 1,
    bounds: [],
    createdAtMs: new Float64Array(count),
    values: new Float64Array(count),
  };
  const definition = {
    name: 'requests_total',
    type: 'counter',
    help: 'Of the bench.',
    labels: ['handler', 'group'],
  };
  const advance = () => {
    block.values = block.values.map((it, i) => it + (i % 7));
  };
  return { metrics: [{ definition, blocks: [block] }], advance };
}

/**
 * Runs work and returns its time and the longest time between two turns of the event loop: no longer than the CPU time
 * between them, because other processes may have had the core.
 */
export async function timed(work) {
  let isOver = false;
  let longest = 0;
  let last = now();
  const look = () => {
    const { wallMs, cpuMs } = now();
    longest = Math.max(longest, Math.min(wallMs - last.wallMs, cpuMs - last.cpuMs));
    last = { wallMs, cpuMs };
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await new Promise((resolve) => setImmediate(resolve));
  const startedMs = performance.now();
  await work();
  const tookMs = performance.now() - startedMs;
  await new Promise((resolve) => setImmediate(resolve));
  isOver = true;
  return { tookMs, longest };
}

function now() {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}

async function caseOf(work, runs) {
  const all = [];
  for (let i = 0; i < runs; i++) all.push(await timed(work));
  const took = all.map(({ tookMs }) => tookMs);
  return {
    medianNs: quantile(took, 0.5) * 1e6,
    p25Ns: quantile(took, 0.25) * 1e6,
    p75Ns: quantile(took, 0.75) * 1e6,
    bytesPerOp: 0,
    'median of the longest slices, ms': quantile(
      all.map((it) => it.longest),
      0.5,
    ),
    'longest slice, ms': Math.max(...all.map((it) => it.longest)),
  };
}

async function queriesOver(series, ticks) {
  const recorded = await openHistory();
  await record(recorded, countersOf(series), ticks);
  return {
    queries: new MetricQueries(recorded.history, {}),
    nowMs: recorded.clock.wallMs(),
  };
}

export async function runQueries({ smoke }) {
  const ticks = smoke ? 80 : 720;
  const runs = smoke ? 3 : 40;
  const thousand = await queriesOver(1_000, ticks);
  const twoThousand = await queriesOver(2_000, ticks);
  const instant = (expression) => () =>
    thousand.queries.query(expression, { atMs: thousand.nowMs });
  const range = (expression) => () =>
    twoThousand.queries.queryRange(expression, {
      startMs: twoThousand.nowMs - HOUR_MS,
      endMs: twoThousand.nowMs,
      stepMs: 30 * SECOND_MS,
    });
  return {
    cases: {
      'instant, rate of 1,000 series over 5 min': await caseOf(
        instant('rate(requests_total[5m])'),
        runs,
      ),
      'instant, sum of these rates': await caseOf(
        instant('sum by (group) (rate(requests_total[5m]))'),
        runs,
      ),
      'range, 121 steps, sum of rates of 2,000 series': await caseOf(
        range('sum by (group) (rate(requests_total[5m]))'),
        Math.ceil(runs / 4),
      ),
      'range, 121 steps, rates of 2,000 series': await caseOf(
        range('rate(requests_total[5m])'),
        Math.ceil(runs / 4),
      ),
    },
    ratios: {},
  };
}
