import { PushLoop } from '../exporters/push-loop/push-loop.js';
import { systemTimers } from '../kernel/timers.js';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
} from '../metrics/metrics-exporter.js';
import type { RegistrySnapshot } from '../metrics/snapshot.js';
import type { ObservabilityRuntime } from './observability-runtime.js';

// Together with what else ends, well within the 10 s that Kubernetes and Docker give at least.
const DRAIN_LIMIT_MS = 5_000;

interface OpenExporter {
  readonly name: string;
  readonly exporter: PushExporter | PullExporter;
}

/** The exporters of one application besides Prometheus. */
export class MetricExports {
  readonly #runtime: ObservabilityRuntime;
  readonly #loops: readonly PushLoop[];
  readonly #pulls: readonly OpenExporter[];

  private constructor(runtime: ObservabilityRuntime, opened: readonly OpenExporter[]) {
    this.#runtime = runtime;
    this.#loops = opened.flatMap(({ name, exporter }) =>
      isPush(exporter) ? [pushLoop(runtime, name, exporter)] : [],
    );
    this.#pulls = opened.filter(({ exporter }) => !isPush(exporter));
    for (const { name } of this.#pulls) runtime.self.expectExports(name);
  }

  /** Opens the exporters of the options. What one of them throws ends the start, after the others are closed. */
  static async open(runtime: ObservabilityRuntime): Promise<MetricExports> {
    const opened: OpenExporter[] = [];
    try {
      for (const [name, it] of named(runtime.options.exporters ?? [])) {
        opened.push({ name, exporter: await it.open(contextOf(runtime, name)) });
      }
    } catch (error) {
      await Promise.allSettled(opened.map(async ({ exporter }) => exporter.close?.()));
      throw error;
    }
    return new MetricExports(runtime, opened);
  }

  /** Begins to send. */
  start(): void {
    for (const it of this.#loops) it.start();
  }

  /** Sends once more and closes everything; resolves within the time limit, whatever the exporters do. */
  async close(): Promise<void> {
    await Promise.all(this.#loops.map((it) => it.stop(DRAIN_LIMIT_MS)));
    for (const { name, exporter } of this.#pulls) {
      try {
        await exporter.close?.();
      } catch (error) {
        this.#runtime.faults.report(name, error);
      }
    }
  }
}

function isPush(exporter: PushExporter | PullExporter): exporter is PushExporter {
  return exporter.export !== undefined;
}

/** Exporters by the names that tell them apart. */
function named(exporters: readonly MetricsExporter[]): (readonly [string, MetricsExporter])[] {
  const taken = new Map<string, number>();
  return exporters.map((it) => {
    const count = (taken.get(it.name) ?? 0) + 1;
    taken.set(it.name, count);
    return [count === 1 ? it.name : `${it.name}_${count}`, it];
  });
}

function pushLoop(runtime: ObservabilityRuntime, name: string, exporter: PushExporter): PushLoop {
  const { clock, faults, self, registry } = runtime;
  return new PushLoop({
    name,
    exporter,
    clock,
    faults,
    self,
    timers: systemTimers,
    random: () => Math.random(),
    snapshot: () => registry.snapshot(),
  });
}

function contextOf(runtime: ObservabilityRuntime, name: string): ExporterContext {
  const { clock, faults, options, registry, startedAtMs } = runtime;
  const { serviceName, serviceVersion, environment, labels = {} } = options;
  return {
    application: { serviceName, serviceVersion, environment, labels },
    startedAtMs,
    clock,
    read: () => measuredSnapshot(runtime, name),
    onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
    report: (error) => faults.report(name, error),
  };
}

function measuredSnapshot(
  { clock, self, registry }: ObservabilityRuntime,
  name: string,
): RegistrySnapshot {
  const startedMs = clock.monotonicMs();
  const snapshot = registry.snapshot();
  self.exported(name, 'success', (clock.monotonicMs() - startedMs) / 1000);
  return snapshot;
}
