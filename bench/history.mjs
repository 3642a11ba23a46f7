// The metric history at 1,000 series and an hour of ticks every five seconds: memory, disk, time of the event loop.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { LabelMatcher } from '@eventcore/nestjs-observability/query';
import { quantile } from './measure.mjs';
import { openHistory, record } from './recorded-history.mjs';

const MIB = 2 ** 20;
const HOUR_TICKS = 720;
const COUNTERS = 400;
const GAUGES = 250;
const HISTOGRAMS = 25;
// 25 histograms of 12 buckets, with +Inf, the sum and the count: 350 series.
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics as an application has them: a few busy counters, many idle ones, times, memory, durations. */
function metricsOf(random) {
  const block = (labelSets, stride, bounds = []) => ({
    labelSets,
    stride,
    bounds,
    createdAtMs: new Float64Array(labelSets.length),
    values: new Float64Array(labelSets.length * stride),
  });
  const labels = (prefix, count) => Array.from({ length: count }, (_, i) => [`${prefix}-${i}`]);
  const metric = (name, type, it) => ({
    definition: { name, type, help: 'Of the bench.', labels: ['it'] },
    blocks: [it],
  });
  const counters = Array.from({ length: 20 }, (_, i) =>
    metric(`c${i}_total`, 'counter', block(labels(`c${i}`, COUNTERS / 20), 1)),
  );
  const gauges = metric('level', 'gauge', block(labels('g', GAUGES), 1));
  const work = metric('work_seconds', 'histogram', block(labels('h', HISTOGRAMS), 13, BOUNDS));
  const advance = () => {
    for (const { blocks } of counters)
      step(blocks[0], (it, i) => it + (i % 3 === 0 ? Math.floor(random() * 50) : 0));
    step(gauges.blocks[0], (it, i) => (i % 10 === 0 ? random() : Math.floor(random() * 20)));
    const { values } = step(work.blocks[0], (it) => it);
    for (let i = 0; i < 50; i++) {
      const series = Math.floor(random() * HISTOGRAMS) * 13;
      values[series + Math.floor(random() * 6)] += 1;
      values[series + 12] += random() / 50;
    }
  };
  return { metrics: [...counters, gauges, work], advance };
}

/** A snapshot has values of its own. */
function step(block, next) {
  block.values = block.values.map(next);
  return block;
}

async function settledMemory() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + Math.max(arrayBuffers, external);
}

export async function runHistory({ smoke }) {
  const ticks = smoke ? 130 : HOUR_TICKS;
  let state = 7;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const directory = mkdtempSync(join(tmpdir(), 'bench-history-'));
  try {
    const load = metricsOf(random);
    const before = await settledMemory();
    const memory = await openHistory();
    const exports = await record(memory, load, ticks);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = await settledMemory();
    const hotBytes = after - before;
    const files = await openHistory({ rollup: false, storage: { directory } });
    await record(files, load, ticks);
    await files.exporter.close();
    const sizes = readdirSync(directory).map((it) => statSync(join(directory, it)).size);
    const cold = sizes.reduce((sum, it) => sum + it, 0);
    const selections = [];
    for (let i = 0; i < 50; i++) {
      const toMs = memory.clock.wallMs();
      const matchers = [new LabelMatcher('__name__', '=~', '.+')];
      const startedMs = performance.now();
      await memory.history.select({ matchers, fromMs: toMs - 300_000, toMs });
      selections.push(performance.now() - startedMs);
    }
    return {
      cases: {
        'history of 1,000 series': {
          medianNs: quantile(exports, 0.5) * 1e6,
          p25Ns: quantile(exports, 0.25) * 1e6,
          p75Ns: quantile(exports, 0.75) * 1e6,
          bytesPerOp: 0,
          'p99 of a tick, ms': quantile(exports, 0.99),
          'longest tick, ms': Math.max(...exports),
          'memory of an hour, MiB': hotBytes / MIB,
          'files of an hour, MiB': cold / MIB,
          'selection of 5 min, ms': quantile(selections, 0.5),
        },
      },
      ratios: {},
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
