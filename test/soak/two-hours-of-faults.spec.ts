import { get } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { otlp } from '../../lib/exporters/otlp/index.js';
import { statsd } from '../../lib/exporters/statsd/index.js';
import { Command, ObservabilityModule, type ObservabilityOptions } from '../../lib/index.js';
import type { MetricsExporter, PushExporter } from '../../lib/metrics/index.js';
import { ManualClock } from '../../lib/testing/index.js';
import { HttpMetricsReceiver, openReceiver } from '../contract/otlp-metrics/metrics-receiver.js';
import type { ReceivedPoint } from '../contract/otlp-metrics/received-points.js';
import { StatsdServer } from '../contract/statsd/statsd-server.js';
import { sampleOf } from '../contract/text-format.js';
import { RunningApplication } from '../e2e/module/running-application.js';

Logger.overrideLogger(false);

const SECONDS = 2 * 3_600;
const SCRAPE_SECONDS = 15;
const MEBIBYTE = 1_048_576;

const closing: (() => unknown)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).toReversed()) await close();
  register.clear();
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(sku: string): Promise<string> {
    await Promise.resolve();
    if (sku === 'broken') throw new Error(sku);
    return `placed ${sku}`;
  }
}

/** Numbers from 0 to below 1, the same in every run. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a target does changes every few minutes. */
class Weather<T extends string> {
  readonly #random: () => number;
  readonly #kinds: readonly T[];
  #until = 0;
  now: T;

  constructor(seed: number, ...kinds: readonly [T, ...T[]]) {
    this.#random = pseudoRandom(seed);
    this.#kinds = kinds;
    this.now = kinds[0];
  }

  /** Whether it has changed. */
  at(second: number): boolean {
    if (second < this.#until) return false;
    this.#until = second + 20 + this.#random() * 400;
    const before = this.now;
    this.now = this.#kinds[Math.floor(this.#random() * this.#kinds.length)] as T;
    return this.now !== before;
  }

  clear(): void {
    this.#until = Infinity;
    this.now = this.#kinds[0] as T;
  }
}

/** An exporter whose exports are counted from outside. */
class Watched {
  readonly exporter: MetricsExporter;
  underWay = 0;
  readonly ended = { success: 0, failure: 0 };

  constructor({ name, open }: MetricsExporter) {
    const openWatched = async (context: Parameters<MetricsExporter['open']>[0]) => {
      const inner = (await open(context)) as PushExporter;
      const { intervalMs, timeoutMs } = inner;
      const close = () => inner.close?.();
      const watch: PushExporter['export'] = async (snapshot, signal) => {
        this.underWay += 1;
        try {
          await inner.export(snapshot, signal);
          this.ended.success += 1;
        } catch (error) {
          this.ended.failure += 1;
          throw error;
        } finally {
          this.underWay -= 1;
        }
      };
      return { intervalMs, timeoutMs, export: watch, close };
    };
    this.exporter = { name, open: openWatched };
  }
}

const timing = { intervalMs: 10_000, timeoutMs: 2_500 };
const commands = ({ name }: ReceivedPoint) => name === 'eventcore.commands.total';
const sumOf = (points: readonly ReceivedPoint[]) =>
  points.filter(commands).reduce((sum, it) => sum + it.value, 0);

/** A target with its exporter. */
interface Target {
  readonly watched: Watched;
  readonly weather: Weather<string>;
  /** What it has counted of the commands, if it says. */
  counted?: () => number;
  /** Follows the weather. */
  follow?: () => Promise<void>;
}

async function openHttpTarget(): Promise<Target> {
  const weather = new Weather(1, 'well', 'refuses', 'fails', 'resets', 'hangs', 'stalls');
  const receiver = await HttpMetricsReceiver.open();
  closing.push(() => receiver.close());
  const well = receiver.http.answer;
  let counted = 0;
  receiver.http.answer = (response, request) => {
    receiver.http.requests.length = 0;
    if (weather.now === 'refuses') response.writeHead(400).end('no');
    else if (weather.now === 'fails') response.writeHead(500).end('<html>oops</html>');
    else if (weather.now === 'resets') response.destroy();
    else if (weather.now === 'stalls') response.writeHead(503).write('{');
    else if (weather.now === 'well') {
      well?.(response, request);
      for (const points of receiver.taken.splice(0)) counted += sumOf(points);
    }
  };
  const exporter = otlp({ endpoint: receiver.url, temporality: 'delta', ...timing });
  return { watched: new Watched(exporter), weather, counted: () => counted };
}

async function openGrpcTarget(): Promise<Target> {
  const weather = new Weather(2, 'taking', 'refusing', 'hanging');
  const receiver = await openReceiver('grpc');
  closing.push(() => receiver.close());
  const taken = receiver.taken as ReceivedPoint[][];
  let counted = 0;
  const exporter = otlp({
    ...{ name: 'otlp_grpc', endpoint: receiver.url, protocol: 'grpc', temporality: 'delta' },
    ...timing,
  } as const);
  return {
    watched: new Watched(exporter),
    weather,
    counted: () => counted,
    follow: async () => {
      for (const points of taken.splice(0)) counted += sumOf(points);
      receiver.state = weather.now;
    },
  };
}

async function openUdpTarget(): Promise<Target> {
  const weather = new Weather(3, 'up', 'down');
  const server = await new StatsdServer().open();
  closing.push(() => (isUp ? server.close() : undefined));
  let isUp = true;
  return {
    watched: new Watched(statsd({ port: server.port, ...timing })),
    weather,
    follow: async () => {
      server.datagrams.length = 0;
      if (isUp === (weather.now === 'up')) return;
      isUp = weather.now === 'up';
      await (isUp ? server.restart() : server.close());
    },
  };
}

/** An exporter of the application's own: how often it failed is known exactly. */
function openOwnTarget(): Target & { readonly injected: () => number } {
  const weather = new Weather(4, 'well', 'throws', 'rejects', 'hangs');
  let injected = 0;
  const exportOnce = (signal: AbortSignal): Promise<void> => {
    if (weather.now === 'well') return Promise.resolve();
    injected += 1;
    if (weather.now === 'throws') throw new TypeError('bug');
    if (weather.now === 'rejects') return Promise.reject(new Error('refused'));
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  };
  const exporter: MetricsExporter = {
    name: 'own',
    open: () => ({ ...timing, export: (_snapshot, signal) => exportOnce(signal) }),
  };
  return { watched: new Watched(exporter), weather, injected: () => injected };
}

async function start(options: ObservabilityOptions): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Work],
  });
  closing.push(() => application.close());
  return application;
}

/** A call, and how many microtasks it took: it must never wait for anything but itself. */
async function microtasksOf(work: Work, sku: string): Promise<number> {
  const ended: { outcome?: string } = {};
  void work.place(sku).then(
    (it) => (ended.outcome = it),
    (error: Error) => (ended.outcome = error.message),
  );
  let count = 0;
  for (; ended.outcome === undefined && count < 1000; count++) await undefined;
  expect(ended.outcome).toBe(sku === 'broken' ? 'broken' : `placed ${sku}`);
  return count;
}

/** A scraper; one that leaves goes when the answer begins. */
function scrape(url: string, leaves: boolean): Promise<number> {
  return new Promise((resolve) => {
    const request = get(`${url}/metrics`, { agent: false }, (answer) => {
      if (leaves) answer.destroy();
      answer.resume().once('close', () => resolve(answer.statusCode ?? 0));
    });
    request.once('error', () => resolve(0));
  });
}

/** What the application's own metric in prom-client does when it is asked. */
function defineFragileGauge(weather: Weather<string>): Gauge {
  return new Gauge({
    name: 'shop_pool_size',
    help: 'Pool.',
    collect() {
      if (weather.now === 'throws') throw new Error('no connection');
      return weather.now === 'hangs' ? new Promise<void>(() => undefined) : undefined;
    },
  });
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Lets what is under way come as far as it can without time passing. */
async function settle(targets: readonly Target[]): Promise<void> {
  await turn();
  for (let i = 0; i < 100 && targets.some((it) => it.watched.underWay > 0); i++) await turn();
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('two hours of faults of every target and scraper at once', () => {
  it('Two hours of faults of every target and scraper at once leave memory and commands as they were, and every failure is counted', async () => {
    const quiet = await start({});
    const usual = await microtasksOf(quiet.app.get(Work), 'hat');
    const usualFailure = await microtasksOf(quiet.app.get(Work), 'broken');

    const own = openOwnTarget();
    const targets: readonly Target[] = [
      await openHttpTarget(),
      await openGrpcTarget(),
      await openUdpTarget(),
      own,
    ];
    const scraper = new Weather<string>(5, 'reads', 'leaves');
    const collector = new Weather<string>(6, 'well', 'throws', 'hangs');
    defineFragileGauge(collector);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const clock = new ManualClock();
    const application = await start({ clock, exporters: targets.map((it) => it.watched.exporter) });
    const work = application.app.get(Work);
    const counts = { commands: 0, failedScrapes: 0, scrapes: 0 };
    const scrapes = new Set<Promise<void>>();

    const scrapeOnce = () => {
      counts.scrapes += 1;
      if (collector.now !== 'well') counts.failedScrapes += 1;
      const scraping = scrape(application.url, scraper.now === 'leaves').then(() => undefined);
      scrapes.add(scraping);
      void scraping.then(() => scrapes.delete(scraping));
      return scraping;
    };
    const pass = async (from: number, to: number) => {
      for (let second = from; second < to; second++) {
        for (const { weather, follow } of targets) {
          weather.at(second);
          await follow?.();
        }
        if (second % SCRAPE_SECONDS === 0) {
          // One that hangs is over after ten seconds.
          await Promise.all(scrapes);
          scraper.at(second);
          collector.at(second);
          const scraping = scrapeOnce();
          if (collector.now === 'hangs') for (let i = 0; i < 20; i++) await turn();
          else await scraping;
        }
        const sku = second % 7 === 0 ? 'broken' : 'hat';
        const took = await microtasksOf(work, sku);
        if (took !== (sku === 'broken' ? usualFailure : usual))
          expect({ took, second }).toBe(usual);
        counts.commands += 1;
        clock.advance(1_000);
        vi.advanceTimersByTime(1_000);
        await settle(targets);
      }
    };

    await pass(0, SECONDS / 4);
    const before = heapBytes();
    await pass(SECONDS / 4, SECONDS);
    expect((heapBytes() - before) / MEBIBYTE).toBeLessThan(3);

    for (const it of [...targets.map(({ weather }) => weather), scraper, collector]) it.clear();
    await pass(SECONDS, SECONDS + 600);
    const text = await application.service.gather();
    const counted = (metric: string, labels: Record<string, string>) =>
      sampleOf(text, `eventcore_observability_${metric}_total`, labels);
    for (const { watched } of targets) {
      const { name: exporter } = watched.exporter;
      expect(watched.ended.failure).toBeGreaterThan(10);
      expect(watched.ended.success).toBeGreaterThan(50);
      for (const outcome of ['success', 'failure'] as const) {
        const shown = counted('exports', { exporter, outcome });
        expect([exporter, outcome, shown]).toEqual([exporter, outcome, watched.ended[outcome]]);
      }
      expect(counted('errors', { component: exporter })).toBe(watched.ended.failure);
    }
    expect(own.watched.ended.failure).toBe(own.injected());
    expect(counts.failedScrapes).toBeGreaterThan(20);
    expect(counted('exports', { exporter: 'prometheus', outcome: 'failure' })).toBe(
      counts.failedScrapes,
    );
    const good = counts.scrapes - counts.failedScrapes;
    expect(counted('exports', { exporter: 'prometheus', outcome: 'success' })).toBe(good);
    expect(sampleOf(text, 'eventcore_commands_total')).toBe(counts.commands);

    vi.useRealTimers();
    await application.close();
    for (const { follow } of targets) await follow?.();
    for (const target of targets) {
      if (target.counted) expect(target.counted()).toBe(counts.commands);
    }
  }, 120_000);
});
