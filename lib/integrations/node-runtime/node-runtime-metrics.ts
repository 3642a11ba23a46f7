import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { Clock } from '../../kernel/clock.js';
import { type CatalogueNaming, registerCatalogue } from '../../metrics/catalogue-instruments.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { EventLoopDelay } from './event-loop-delay.js';

const MIN_WINDOW_MS = 1_000;
const QUANTILES = [0.5, 0.9, 0.99] as const;

/** Memory, CPU and event loop of the process; ratios and quantiles cover the time since the previous reading. */
export class NodeRuntimeMetrics {
  readonly #instruments;
  readonly #clock: Clock;
  readonly #delay = new EventLoopDelay();
  #windowStartMs: number;
  #cpu = process.cpuUsage();
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  #hasRead = false;

  constructor(registry: MetricRegistry, clock: Clock, { namespace }: CatalogueNaming) {
    this.#clock = clock;
    this.#windowStartMs = clock.monotonicMs();
    this.#instruments = registerCatalogue(registry, systemMetrics, { namespace });
    registry.onCollect(() => this.collect());
  }

  /** Starts to watch the event loop; the timer behind it does not keep the process alive. */
  start(): void {
    this.#delay.start();
  }

  /** Stops to watch the event loop. */
  stop(): void {
    this.#delay.stop();
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
    this.#collectWindow();
  }

  /** A window of a few milliseconds says nothing: readings close together see the window before. */
  #collectWindow(): void {
    const nowMs = this.#clock.monotonicMs();
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs <= 0 || (elapsedMs < MIN_WINDOW_MS && this.#hasRead)) return;
    this.#hasRead = true;
    this.#windowStartMs = nowMs;
    const { cpu, eventLoopUtilization } = this.#instruments;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    cpu.set((user + system) / 1000 / elapsedMs);
    const current = performance.eventLoopUtilization();
    eventLoopUtilization.set(
      performance.eventLoopUtilization(current, this.#utilization).utilization,
    );
    this.#utilization = current;
    this.#collectDelay();
  }

  #collectDelay(): void {
    const { eventLoopDelay } = this.#instruments;
    this.#delay.take(QUANTILES).forEach((seconds, i) => {
      eventLoopDelay.labels({ quantile: String(QUANTILES[i]) }).set(seconds);
    });
  }
}
