import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from '../../kernel/clock.js';
import {
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { ActiveResources } from './active-resources.js';
import type { DelayWindow } from './delay-window.js';
import { GarbageCollection } from './garbage-collection.js';

const MIN_WINDOW_MS = 1_000;
const QUANTILES = [0.5, 0.9, 0.99] as const;

/** What the metrics of the process are read from, besides the process. */
export interface RuntimeSources {
  readonly clock: Clock;
  /** Delays of the event loop, for these metrics alone. */
  readonly delays: DelayWindow;
}

/** Memory, CPU and event loop of the process; ratios and quantiles cover the time since the previous reading. */
export class NodeRuntimeMetrics {
  readonly #instruments;
  readonly #clock: Clock;
  readonly #delays: DelayWindow;
  readonly #collections: GarbageCollection;
  readonly #resources: ActiveResources;
  #windowStartMs: number;
  #cpuMs = cpuMs();
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  #hasRead = false;

  constructor(
    registry: MetricRegistry,
    { clock, delays }: RuntimeSources,
    { namespace }: CatalogueNaming,
  ) {
    this.#clock = clock;
    this.#delays = delays;
    this.#windowStartMs = clock.monotonicMs();
    this.#instruments = registerCatalogue(registry, systemMetrics, { namespace });
    this.#collections = new GarbageCollection(this.#instruments.collections);
    this.#resources = new ActiveResources(this.#instruments.activeResources);
    registry.onCollect(() => this.collect());
  }

  /** Starts to watch the garbage collector; it does not keep the process alive. */
  start(): void {
    this.#collections.start();
  }

  /** Stops to watch the garbage collector. */
  stop(): void {
    this.#collections.stop();
  }

  /** Sets the gauges. */
  collect(): void {
    const { uptime, memory } = this.#instruments;
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    uptime.set(process.uptime());
    memory.labels({ component: 'rss' }).set(rss);
    memory.labels({ component: 'heap_used' }).set(heapUsed);
    memory.labels({ component: 'external' }).set(external);
    memory.labels({ component: 'array_buffers' }).set(arrayBuffers);
    this.#collections.collect();
    this.#collectWindow();
  }

  /** A window of a few milliseconds says nothing: readings close together see the window before. */
  #collectWindow(): void {
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs <= 0 || (elapsedMs < MIN_WINDOW_MS && this.#hasRead)) return;
    this.#hasRead = true;
    this.#windowStartMs = nowMs;
    this.#collectCpu(elapsedMs);
    this.#collectUtilization();
    this.#collectDelay();
    this.#resources.collect();
  }

  #collectCpu(elapsedMs: number): void {
    const usedMs = cpuMs();
    this.#instruments.cpu.set((usedMs - this.#cpuMs) / elapsedMs);
    this.#cpuMs = usedMs;
  }

  #collectUtilization(): void {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, this.#utilization);
    this.#instruments.eventLoopUtilization.set(utilization);
    this.#utilization = current;
  }

  #collectDelay(): void {
    const { eventLoopDelay } = this.#instruments;
    this.#delays.take(QUANTILES).forEach((seconds, i) => {
      eventLoopDelay.labels({ quantile: String(QUANTILES[i]) }).set(seconds);
    });
  }
}

/** CPU time of all threads since the process started. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
