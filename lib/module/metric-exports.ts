import { PushLoop } from '../exporters/port/push-loop.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { endsWithin } from '../kernel/time-limit.js';
import { systemTimers } from '../kernel/timers.js';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
} from '../exporters/port/metrics-exporter.js';
import type { RegistrySnapshot } from '../metrics/snapshot/snapshot.js';
import type { ObservabilityRuntime } from './observability-runtime.js';

// Together with what else ends, well within the 10 s that Kubernetes and Docker give at least.
const DRAIN_LIMIT_MS = 5_000;
// What a network may take from the start of an application.
const OPEN_LIMIT_MS = 5_000;
// A timer takes no more.
const MAX_DURATION_MS = 2_147_483_647;
// What the endpoint of Prometheus is called in the metrics about exports.
const ENDPOINT_NAME = 'prometheus';

interface OpenExporter {
  readonly name: string;
  readonly exporter: PushExporter | PullExporter;
}

/** The exporters of one application besides Prometheus. */
export class MetricExports {
  readonly #runtime: ObservabilityRuntime;
  readonly #opened: OpenExporter[] = [];
  readonly #loops: PushLoop[] = [];
  #state: 'starting' | 'started' | 'closed' = 'starting';

  private constructor(runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /**
   * Opens the exporters of the options. What one of them throws ends the start, after the others are closed; one that
   * hangs is left behind, and joins the others once it is open.
   */
  static async open(runtime: ObservabilityRuntime): Promise<MetricExports> {
    const exports = new MetricExports(runtime);
    const all = named(runtime.options.exporters ?? []);
    const openings = await Promise.allSettled(all.map(([name, it]) => exports.#open(name, it)));
    const failed = openings.find((it) => it.status === 'rejected');
    if (failed === undefined) return exports;
    exports.#state = 'closed';
    await Promise.all(exports.#opened.map((it) => exports.#close(it)));
    throw failed.reason;
  }

  /** Begins to send. */
  start(): void {
    if (this.#state === 'starting') this.#state = 'started';
    for (const it of this.#loops) it.start();
  }

  /** Sends once more and closes everything; resolves within the time limit, whatever the exporters do. */
  async close(): Promise<void> {
    this.#state = 'closed';
    const pulls = this.#opened.filter(({ exporter }) => !isPush(exporter));
    const sending = this.#loops.map((it) => it.stop(DRAIN_LIMIT_MS));
    await Promise.all([...sending, ...pulls.map((it) => this.#close(it))]);
  }

  async #open(name: string, description: MetricsExporter): Promise<void> {
    const { faults } = this.#runtime;
    const opening = (async () => description.open(contextOf(this.#runtime, name)))();
    const joining = opening.then((exporter) => this.#join({ name, exporter }));
    if (await endsWithin(joining, { limitMs: OPEN_LIMIT_MS, keepsAlive: true })) return;
    faults.report(name, new Error(`it is not open after ${OPEN_LIMIT_MS} ms, the start goes on`));
    joining.catch((error: unknown) => faults.report(name, error));
  }

  async #join(opened: OpenExporter): Promise<void> {
    const { name, exporter } = opened;
    if (this.#state === 'closed') return this.#close(opened);
    assertExporter(name, exporter);
    this.#opened.push(opened);
    if (!isPush(exporter)) return this.#runtime.self.expectExports(name);
    const loop = pushLoop(this.#runtime, name, exporter);
    this.#loops.push(loop);
    if (this.#state === 'started') loop.start();
  }

  async #close({ name, exporter }: OpenExporter): Promise<void> {
    const closing = (async () => exporter.close?.())();
    try {
      if (await endsWithin(closing, { limitMs: DRAIN_LIMIT_MS, keepsAlive: true })) return;
      closing.catch(() => undefined);
      throw new Error(`it is not closed after ${DRAIN_LIMIT_MS} ms`);
    } catch (error) {
      this.#runtime.faults.report(name, error);
    }
  }
}

/** What TypeScript promises; an exporter may be written in JavaScript. A timer without a delay would never rest. */
function assertExporter(name: string, exporter: PushExporter | PullExporter): void {
  const isObject = typeof exporter === 'object' && exporter !== null;
  const times = isObject && isPush(exporter) ? [exporter.intervalMs, exporter.timeoutMs] : [];
  if (isObject && times.every((it) => it > 0 && it <= MAX_DURATION_MS)) return;
  throw new ConfigurationError('OBS_OPTION_INVALID', {
    subject: `exporters.${name}`,
    value: isObject ? times : exporter,
    rule: `open() returns an exporter; one that sends has intervalMs and timeoutMs above 0, up to ${MAX_DURATION_MS}`,
    remedy: 'Pass durations in milliseconds.',
  });
}

function isPush(exporter: PushExporter | PullExporter): exporter is PushExporter {
  return exporter.export !== undefined;
}

/** Exporters by the names that tell them apart, from each other and from the endpoint. */
function named(exporters: readonly MetricsExporter[]): (readonly [string, MetricsExporter])[] {
  const taken = new Set([ENDPOINT_NAME]);
  return exporters.map((it) => {
    let name = it.name;
    for (let i = 2; taken.has(name); i++) name = `${it.name}_${i}`;
    taken.add(name);
    return [name, it];
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
