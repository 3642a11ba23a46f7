import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Clock } from '../../kernel/clock.js';
import { type CatalogueNaming, registerCatalogue } from '../../metrics/catalogue-instruments.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import type { MetricRegistry } from '../../metrics/registry.js';

const MIN_WINDOW_MS = 1_000;
const RESOLUTION_MS = 20;
const QUANTILES = [0.5, 0.9, 0.99] as const;
const NANOSECONDS = 1e9;

/** Memory, CPU and event loop of the process; ratios and quantiles cover the time since the previous reading. */
export class NodeRuntimeMetrics {
  readonly #instruments;
  readonly #clock: Clock;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #windowStartMs: number;
  #cpu = process.cpuUsage();
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();
  #delaySeconds = 0;
  #hasRead = false;

  constructor(registry: MetricRegistry, clock: Clock, { namespace }: CatalogueNaming) {
    this.#clock = clock;
    this.#windowStartMs = clock.monotonicMs();
    this.#instruments = registerCatalogue(registry, systemMetrics, { namespace });
    registry.onCollect(() => this.collect());
  }

  /** Starts to watch the event loop; the timer behind it does not keep the process alive. */
  start(): void {
    this.#delay.enable();
  }

  /** Stops to watch the event loop. */
  stop(): void {
    this.#delay.disable();
  }

  /** 99th percentile of the event loop's delay in the last complete window, in seconds. */
  get eventLoopDelaySeconds(): number {
    return this.#delaySeconds;
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
    if (elapsedMs < MIN_WINDOW_MS && this.#hasRead) return;
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
    for (const quantile of QUANTILES) {
      // The histogram holds the time between two timers that are RESOLUTION_MS apart.
      const elapsed = this.#delay.percentile(quantile * 100) / NANOSECONDS;
      this.#delaySeconds = Math.max(0, elapsed - RESOLUTION_MS / 1000);
      eventLoopDelay.labels({ quantile: String(quantile) }).set(this.#delaySeconds);
    }
    this.#delay.reset();
  }
}
