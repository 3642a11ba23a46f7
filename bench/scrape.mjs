// A scrape, rendered by us and by prom-client from the same series, in turn. Run alone it prints a table; the bench takes
// its cases and ratios.
import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { GCProfiler } from 'node:v8';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule, ObservabilityService } from '@eventcore/nestjs-observability';
import { PrometheusExporter } from '@eventcore/nestjs-observability/prometheus';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const SIZES = { '1k': 1_000, '10k': 10_000, '100k': 100_000 };
const ROUNDS = 15;
const WARM_UP_ROUNDS = 4;
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

const quantile = (numbers, q) =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * q)];
const median = (numbers) => quantile(numbers, 0.5);

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

async function compare(parties, change) {
  const rounds = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    change();
    const inTurn = Object.entries(parties);
    if (round % 2 !== 0) inTurn.reverse();
    for (const [name, render] of inTurn) {
      const measured = await measure(render);
      if (round >= 0) rounds[name].push(measured);
    }
  }
  return rounds;
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

/** Every size with every share of changed series. */
export async function runScrapes() {
  const cases = {};
  const ratios = {};
  for (const [size, lines] of Object.entries(SIZES)) {
    await withApplication(async (app) => {
      const exporter = app.get(PrometheusExporter, { strict: false });
      const { register, change } = makeSeries(lines, app.get(ObservabilityService));
      cases[`scrape ${size}, first`] = summarise([await measure(() => exporter.expose('text'))]);
      const parties = {
        ours: () => exporter.expose('text'),
        'prom-client': () => register.metrics(),
      };
      for (const [which, share] of Object.entries(CHANGED)) {
        const rounds = await compare(parties, () => change(share));
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

/** Prints what {@link runScrapes} found. */
export function reportScrapes({ cases, ratios }) {
  console.table(
    Object.entries(cases).map(([name, it]) => ({
      case: name,
      'median ms': (it.medianNs / 1e6).toFixed(2),
      'p25–p75 ms': `${(it.p25Ns / 1e6).toFixed(2)}–${(it.p75Ns / 1e6).toFixed(2)}`,
      'stall ms': it.stallMs.toFixed(2),
      'longest stall ms': it.longestStallMs.toFixed(2),
      'stall CPU ms': it.stallCpuMs.toFixed(2),
      'allocated MB': (it.bytesPerOp / 1e6).toFixed(2),
      'peak MB': (it.peakHeapBytes / 1e6).toFixed(2),
    })),
  );
  for (const [name, value] of Object.entries(ratios)) {
    console.log(`${name}: ${value.toFixed(4)} (1/${(1 / value).toFixed(1)})`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) reportScrapes(await runScrapes());
