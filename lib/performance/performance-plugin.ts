import 'reflect-metadata';
import { getHeapStatistics } from 'node:v8';
import { ObservedCheck } from '../health/observed-check.decorator.js';
import { MetricHistory } from '../history/metric-history.js';
import { systemTimers } from '../kernel/timers.js';
import { performanceFindings } from '../metrics/catalogue/plugins/performance.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../metrics/recorders/catalogue-instruments.js';
import { MetricRegistry } from '../metrics/registry.js';
import { assertOptions } from '../options/assert-options.js';
import type { ObservabilityPlugin, PluginContext } from '../plugins/plugin.js';
import type { MemoryLimits } from './capacity.js';
import { PerformanceMonitor } from './performance-monitor.js';
import { type PerformanceOptions, performanceOptions } from './performance-options.js';

const INTERVAL_MS = 15_000;

/**
 * Plugin that judges the performance of the service by its history and provides {@link PerformanceMonitor}: a health score,
 * anomalies and the room that is left, as metrics and in the health check `performance`. It requires the plugin `history()`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { history, performance } from '@eventcore/nestjs-observability/query';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [history(), performance()] });
 * ```
 */
export function performance(options: PerformanceOptions = {}): ObservabilityPlugin {
  assertOptions('performance()', performanceOptions, options);
  return {
    name: 'performance',
    options: { ...options },
    requires: ['history'],
    providers: [
      {
        provide: PerformanceMonitor,
        inject: [MetricHistory],
        useFactory: (source: MetricHistory) => new PerformanceMonitor(source),
      },
      {
        provide: Evaluation,
        inject: [PerformanceMonitor, MetricRegistry],
        useFactory: (monitor: PerformanceMonitor, registry: MetricRegistry) =>
          new Evaluation(monitor, registry),
      },
    ],
    init: (context) => context.get(Evaluation).connect(context, options),
    started: ({ get }) => get(Evaluation).start(),
    stop: ({ get }) => get(Evaluation).stop(),
  };
}

/** Evaluates the performance of one application again and again. */
@ObservedCheck({ name: 'performance', critical: false })
class Evaluation {
  readonly #monitor: PerformanceMonitor;
  readonly #registry: MetricRegistry;
  #intervalMs = INTERVAL_MS;
  #timers: PluginContext['timers'] = systemTimers;
  #report: (error: unknown) => void = () => undefined;
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(monitor: PerformanceMonitor, registry: MetricRegistry) {
    this.#monitor = monitor;
    this.#registry = registry;
  }

  connect(
    { clock, timers, namespace, report }: PluginContext,
    { intervalMs = INTERVAL_MS, thresholds }: PerformanceOptions,
  ): void {
    this.#intervalMs = intervalMs;
    this.#report = report;
    this.#timers = timers;
    this.#monitor.configure({
      clock,
      namespace,
      limits: memoryLimits(),
      ...(thresholds && { thresholds }),
    });
    const findings = registerCatalogue(this.#registry, performanceFindings, { namespace });
    this.#registry.onCollect(() => publish(this.#monitor, findings));
  }

  /** Health check `performance`. */
  check() {
    return this.#monitor.check();
  }

  start(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#timers.after(this.#intervalMs, () => void this.#evaluate());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  async #evaluate(): Promise<void> {
    await this.#monitor.evaluate().catch(this.#report);
    this.start();
  }
}

/** Publishes what the last evaluation found. */
function publish(
  monitor: PerformanceMonitor,
  { healthScore, utilization, saturation }: CatalogueInstruments<typeof performanceFindings>,
): void {
  const health = monitor.health();
  if (health === undefined) healthScore.remove({});
  else healthScore.set(health.score);
  for (const it of monitor.capacity()) {
    const labels = { resource: it.resource };
    utilization.labels(labels).set(it.utilization);
    if (it.saturationSeconds === undefined) saturation.remove(labels);
    else saturation.labels(labels).set(it.saturationSeconds);
  }
}

function memoryLimits(): MemoryLimits {
  const constrained = process.constrainedMemory();
  // 0 or more than there can be: no limit.
  const isLimited = constrained > 0 && constrained < Number.MAX_SAFE_INTEGER;
  return {
    heapBytes: getHeapStatistics().heap_size_limit,
    ...(isLimited && { processBytes: constrained }),
  };
}
