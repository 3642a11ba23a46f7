// A scrape, rendered by us and by prom-client from the same series, in turn.
import 'reflect-metadata';
import { GCProfiler } from 'node:v8';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule, ObservabilityService } from '@eventcore/nestjs-observability';
import { PrometheusExporter } from '@eventcore/nestjs-observability/prometheus';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { inTurn, median, quantile, roundsOf } from './measure.mjs';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };
/** Of 100,000 series most are idle between two scrapes; the worst case is that all of them moved. */
const CHANGED = { '': 0.1, ', all changed': 1 };
const LABELS = ['command_type', 'tenant'];
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LINES_PER_HISTOGRAM = BUCKETS.length + 3;

/** Always the same numbers, whoever measures. */
function randomNumbers() {
  let seed = 1;
  return () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** Lines of a scrape: half of them counters, a quarter gauges, a quarter histograms. */
function makeSeries(lines, service) {
  const register = new Registry();
  const options = (name) => ({
    name,
    help: 'Of the bench.',
    labelNames: LABELS,
    registers: [register],
  });
  const ours = (name) => ({ name, help: 'Of the bench.', labels: LABELS });
  const theirs = {
    counter: new Counter(options('bench_orders_total')),
    gauge: new Gauge(options('bench_load')),
    histogram: new Histogram({ ...options('bench_wait_seconds'), buckets: BUCKETS }),
  };
  const own = {
    counter: service.counter(ours('bench_orders_total')),
    gauge: service.gauge(ours('bench_load')),
    histogram: service.histogram({ ...ours('bench_wait_seconds'), buckets: BUCKETS }),
  };
  const counts = {
    counter: Math.round(lines / 2),
    gauge: Math.round(lines / 4),
    histogram: Math.round(lines / 4 / LINES_PER_HISTOGRAM),
  };
  const record = {
    counter: (series, peer, labels) => (series.inc(), peer.inc(labels)),
    gauge: (series, peer, labels, value) => (series.set(value), peer.set(labels, value)),
    histogram: (series, peer, labels, value) => (
      series.observe(value),
      peer.observe(labels, value)
    ),
  };
  const changes = Object.entries(counts).flatMap(([type, count]) =>
    Array.from({ length: count }, (_, i) => {
      const labels = { command_type: `PlaceOrder${i % 50}`, tenant: `tenant-${i}` };
      const series = own[type].labels(labels);
      return (value) => record[type](series, theirs[type], labels, value);
    }),
  );
  const random = randomNumbers();
  const change = (share) => {
    for (const it of changes) if (random() < share) it(random());
  };
  change(2);
  return { register, change };
}

/** What a rendering takes, and what whatever else waits for the event loop notices of it. */
async function measure(render) {
  globalThis.gc?.();
  const profiler = new GCProfiler();
  const before = memory();
  profiler.start();
  const stall = watchStall();
  const startedNs = process.hrtime.bigint();
  await render();
  const ns = Number(process.hrtime.bigint() - startedNs);
  return { ns, ...(await stall()), ...growth(before, profiler.stop().statistics) };
}

/**
 * The longest time between two turns of the event loop, and the most CPU time of one: other programs of the machine do not
 * lengthen that one.
 */
function watchStall() {
  let longestNs = 0n;
  let busiestUs = 0;
  let lastNs = process.hrtime.bigint();
  let lastUsage = process.cpuUsage();
  let watching = true;
  const stopped = new Promise((resolve) => {
    const tick = () => {
      const nowNs = process.hrtime.bigint();
      if (nowNs - lastNs > longestNs) longestNs = nowNs - lastNs;
      const { user, system } = process.cpuUsage(lastUsage);
      busiestUs = Math.max(busiestUs, user + system);
      lastUsage = process.cpuUsage();
      lastNs = process.hrtime.bigint();
      if (watching) setImmediate(tick);
      else resolve({ stallNs: Number(longestNs), stallCpuUs: busiestUs });
    };
    setImmediate(tick);
  });
  return () => {
    watching = false;
    return stopped;
  };
}

function memory() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What was allocated, and how far memory grew at most, from what it was around each collection. */
function growth(before, collections) {
  const total = ({ heapStatistics }) => heapStatistics.usedHeapSize + heapStatistics.externalMemory;
  let allocated = 0;
  let peak = 0;
  let last = before;
  for (const { beforeGC, afterGC } of collections) {
    allocated += Math.max(0, total(beforeGC) - last);
    peak = Math.max(peak, total(beforeGC) - before);
    last = total(afterGC);
  }
  const end = memory();
  return { allocated: allocated + Math.max(0, end - last), peak: Math.max(peak, end - before) };
}

function summarise(rounds) {
  const of = (key) => rounds.map((it) => it[key]);
  return {
    medianNs: quantile(of('ns'), 0.5),
    p25Ns: quantile(of('ns'), 0.25),
    p75Ns: quantile(of('ns'), 0.75),
    bytesPerOp: median(of('allocated')),
    peakHeapBytes: median(of('peak')),
    stallMs: median(of('stallNs')) / 1e6,
    longestStallMs: Math.max(...of('stallNs')) / 1e6,
    stallCpuMs: median(of('stallCpuUs')) / 1e3,
  };
}

async function compare(parties, change, amounts) {
  const results = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  for (const round of roundsOf(amounts)) {
    change();
    for (const [name, render] of inTurn(parties, round)) {
      const measured = await measure(render);
      if (round >= 0) results[name].push(measured);
    }
  }
  return results;
}

async function withApplication(work) {
  class App {}
  const observability = ObservabilityModule.forRoot({
    cardinality: { seriesLimit: 1_000_000 },
    prometheus: { defaultMetrics: false },
  });
  Module({ imports: [observability] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Every size with every share of changed series; when it only has to run, a hundredth of each size. */
export async function runScrapes({ smoke }) {
  const amounts = smoke
    ? { rounds: 1, warmUpRounds: 1 }
    : { rounds: 15, warmUpRounds: 2, seconds: 3 };
  const cases = {};
  const ratios = {};
  for (const [size, fullLines] of Object.entries(SIZES)) {
    const lines = smoke ? fullLines / 100 : fullLines;
    await withApplication(async (app) => {
      const exporter = app.get(PrometheusExporter, { strict: false });
      const { register, change } = makeSeries(lines, app.get(ObservabilityService));
      const render = () => exporter.expose('text');
      cases[`scrape ${size}, first`] = summarise([await measure(render)]);
      const parties = {
        ours: render,
        'prom-client': () => register.metrics(),
      };
      for (const [which, share] of Object.entries(CHANGED)) {
        const rounds = await compare(parties, () => change(share), amounts);
        for (const [name, it] of Object.entries(rounds)) {
          cases[`scrape ${size}${which}, ${name}`] = summarise(it);
        }
        const key = `scrape_${size}${which === '' ? '' : '_all_changed'}`;
        const ratio = (of) =>
          median(rounds.ours.map((it, round) => it[of] / rounds['prom-client'][round][of]));
        ratios[`${key}_vs_prom_client`] = ratio('ns');
        ratios[`${key}_bytes_vs_prom_client`] = ratio('allocated');
      }
    });
  }
  return { cases, ratios };
}
