import { readFileSync } from 'node:fs';
import {
  constants,
  type EventLoopUtilization,
  performance,
  type PerformanceEntry,
  PerformanceObserver,
} from 'node:perf_hooks';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import type { Gauge, GaugeSeries } from '../../metrics/instruments/gauge.js';
import type { Histogram, HistogramSeries } from '../../metrics/instruments/histogram.js';
import {
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { type EventLoopDelay, PROCESS_WINDOW_MS } from './event-loop-delay.js';

const KINDS: readonly (readonly [number, string])[] = [
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
];

interface GarbageCollectionEntry extends PerformanceEntry {
  readonly detail: { readonly kind: number };
}

/** Records garbage collection pauses. */
export class GarbageCollection {
  readonly #byKind: ReadonlyMap<number, HistogramSeries>;
  readonly #pauses: Histogram<'kind'>;
  readonly #faults: Pick<Faults, 'report'>;
  readonly #observer = new PerformanceObserver((list) => {
    notify(this.#faults, 'collector', () => this.#record(list.getEntries()));
  });

  constructor(pauses: Histogram<'kind'>, faults: Pick<Faults, 'report'>) {
    this.#faults = faults;
    this.#pauses = pauses;
    this.#byKind = new Map(KINDS.map(([code, kind]) => [code, pauses.labels({ kind })]));
  }

  /** Starts the observer, which does not keep the process alive. */
  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Stops the observer. */
  stop(): void {
    this.#observer.disconnect();
  }

  /** Records pauses that Node has not delivered yet. */
  collect(): void {
    this.#record(this.#observer.takeRecords());
  }

  #record(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      const { kind } = (entry as GarbageCollectionEntry).detail;
      const series = this.#byKind.get(kind) ?? this.#pauses.labels({ kind: 'other' });
      series.observe(entry.duration / 1000);
    }
  }
}

/** Counts the resources that keep the event loop alive, by Node's type. */
export class ActiveResources {
  readonly #gauge: Gauge<'type'>;
  readonly #byType = new Map<string, GaugeSeries>();

  constructor(gauge: Gauge<'type'>) {
    this.#gauge = gauge;
  }

  /** Sets the gauge. Node iterates over all handles, which takes a millisecond per ten thousand. */
  collect(): void {
    const counts = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    for (const type of counts.keys()) {
      if (!this.#byType.has(type)) this.#byType.set(type, this.#gauge.labels({ type }));
    }
    // A type without resources is 0 rather than its previous value.
    for (const [type, series] of this.#byType) series.set(counts.get(type) ?? 0);
  }
}

const QUANTILES = [0.5, 0.9, 0.99] as const;

/** Sources of the process metrics. */
export interface RuntimeSources {
  readonly clock: Clock;
  readonly delay: EventLoopDelay;
  readonly faults: Pick<Faults, 'report'>;
}

interface ProcessSample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly loop: EventLoopUtilization;
}

/**
 * Publishes memory, CPU and event loop metrics of the process. Ratios and quantiles cover the last 15 seconds. A timer
 * computes them, so that all readers see the same value.
 */
export class NodeRuntimeMetrics {
  readonly #instruments;
  readonly #clock: Clock;
  readonly #delay: EventLoopDelay;
  readonly #collections: GarbageCollection;
  readonly #resources: ActiveResources;
  // The newest sample that is at least one window old remains at the front as the baseline.
  readonly #samples: ProcessSample[];
  #hasNewSample = true;

  constructor(
    registry: MetricRegistry,
    { clock, delay, faults }: RuntimeSources,
    { namespace }: CatalogueNaming,
  ) {
    this.#clock = clock;
    this.#delay = delay;
    this.#samples = [this.#read()];
    this.#instruments = registerCatalogue(registry, systemMetrics, { namespace });
    this.#collections = new GarbageCollection(this.#instruments.collections, faults);
    this.#resources = new ActiveResources(this.#instruments.activeResources);
    registry.onCollect(() => this.collect());
  }

  /** Starts observing garbage collection; the observer does not keep the process alive. */
  start(): void {
    this.#collections.start();
  }

  /** Stops observing garbage collection. */
  stop(): void {
    this.#collections.stop();
  }

  /** Computes the window metrics. The owner calls it once per second. */
  sample(): void {
    const current = this.#read();
    const samples = this.#samples;
    while (
      samples.length > 1 &&
      current.atMs - (samples[1] as ProcessSample).atMs >= PROCESS_WINDOW_MS
    ) {
      samples.shift();
    }
    this.#publish(samples[0] as ProcessSample, current);
    samples.push(current);
    this.#hasNewSample = true;
  }

  /** Sets the gauges of the present moment. */
  collect(): void {
    const { uptime, memory } = this.#instruments;
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    uptime.set(process.uptime());
    memory.labels({ component: 'rss' }).set(rss);
    memory.labels({ component: 'heap_used' }).set(heapUsed);
    memory.labels({ component: 'external' }).set(external);
    memory.labels({ component: 'array_buffers' }).set(arrayBuffers);
    this.#collections.collect();
    // A scrape in the first second finds what was measured until then.
    if (this.#samples.length === 1) this.sample();
    // Counting resources iterates over all of them: once per second is enough.
    if (this.#hasNewSample) {
      this.#resources.collect();
      this.#countThreads();
    }
    this.#hasNewSample = false;
  }

  /** Linux counts the threads of a process in a file that it makes in memory. */
  #countThreads(): void {
    const { threads } = this.#instruments;
    try {
      const [, count] = /^Threads:\s*(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
      if (count === undefined) threads.remove({});
      else threads.set(Number(count));
    } catch {
      threads.remove({});
    }
  }

  #read(): ProcessSample {
    const loop = performance.eventLoopUtilization();
    return { atMs: this.#clock.monotonicMs(), cpuMs: cpuMs(), loop };
  }

  #publish(base: ProcessSample, current: ProcessSample): void {
    const { cpu, eventLoopUtilization, eventLoopDelay } = this.#instruments;
    const elapsedMs = current.atMs - base.atMs;
    if (elapsedMs <= 0) return;
    cpu.set((current.cpuMs - base.cpuMs) / elapsedMs);
    const { utilization } = performance.eventLoopUtilization(current.loop, base.loop);
    eventLoopUtilization.set(utilization);
    this.#delay.catchUp();
    this.#delay.quantiles(QUANTILES).forEach((seconds, i) => {
      eventLoopDelay.labels({ quantile: String(QUANTILES[i]) }).set(seconds);
    });
  }
}

/** Returns the CPU time of all threads since the start of the process, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
