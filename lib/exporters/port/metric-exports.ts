import { PushLoop } from './push-loop.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { endsWithin } from '../../kernel/time-limit.js';
import { systemTimers, type Timers } from '../../kernel/timers.js';
import type {
  ExporterContext,
  MetricsExporter,
  PullExporter,
  PushExporter,
} from './metrics-exporter.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { Capability } from '../../kernel/capability.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';

// Leaves time for the rest of the shutdown within the 10 s that Docker grants by default.
const DRAIN_LIMIT_MS = 5_000;
// Longest wait for an exporter at the start of an application.
const OPEN_LIMIT_MS = 5_000;
// Longest delay of a timer.
const MAX_DURATION_MS = 2_147_483_647;
// Name of the Prometheus endpoint in the export metrics.
const ENDPOINT_NAME = 'prometheus';

interface OpenExporter {
  readonly name: string;
  readonly exporter: PushExporter | PullExporter;
}

/** Dependencies of {@link MetricExports}. */
export interface MetricExportsDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Timers of the intervals; time limits are those of the system. @defaultValue the system timers */
  readonly timers?: Timers;
  /** @defaultValue `Math.random` */
  readonly random?: () => number;
  readonly registry: MetricRegistry;
  readonly namespace: string;
  readonly self: SelfMetrics;
  /** Returns the exporters of plugins, once the providers of the application exist. @defaultValue none */
  readonly ofPlugins?: () => readonly MetricsExporter[];
  /** Returns the values for push exporters. @defaultValue those of the registry */
  readonly snapshot?: () => RegistrySnapshot | Promise<RegistrySnapshot>;
  /** Functions that a flush of the application calls. @defaultValue none */
  readonly flushes?: Set<() => Promise<void>>;
  /** Unix time in milliseconds at which counting began. */
  readonly startedAtMs: number;
  readonly options: Partial<ExporterContext['application']> & {
    readonly exporters?: readonly MetricsExporter[];
  };
}

/** The exporters of one application besides Prometheus. */
export class MetricExports implements Capability {
  readonly name = 'exporters';
  readonly #deps: MetricExportsDeps;
  readonly #opened: OpenExporter[] = [];
  readonly #loops: PushLoop[] = [];
  #state: 'starting' | 'started' | 'closed' = 'starting';

  constructor(deps: MetricExportsDeps) {
    this.#deps = deps;
  }

  /**
   * Opens the configured exporters. The error of one of them closes the others and stops the start.
   * An exporter that hangs does not delay the start and begins to export once it is open.
   */
  async init(): Promise<void> {
    this.#deps.flushes?.add(() => this.flush());
    const { options, ofPlugins } = this.#deps;
    const all = named([...(options.exporters ?? []), ...(ofPlugins?.() ?? [])]);
    const openings = await Promise.allSettled(all.map(([name, it]) => this.#open(name, it)));
    const failed = openings.find((it) => it.status === 'rejected');
    if (failed === undefined) return;
    this.#state = 'closed';
    await Promise.all(this.#opened.splice(0).map((it) => this.#close(it)));
    throw failed.reason;
  }

  /** Exports what has been counted so far. Never rejects, and resolves within the time limits of the exporters. */
  async flush(): Promise<void> {
    await Promise.all(this.#loops.map((it) => it.flush()));
  }

  /** Starts the export loops. */
  started(): void {
    if (this.#state === 'starting') this.#state = 'started';
    for (const it of this.#loops) it.start();
  }

  /** Exports a last time and closes everything. Resolves within the time limit, whatever the exporters do. */
  async stop(): Promise<void> {
    this.#state = 'closed';
    const pulls = this.#opened.filter(({ exporter }) => !isPush(exporter));
    const sending = this.#loops.map((it) => it.stop(DRAIN_LIMIT_MS));
    await Promise.all([...sending, ...pulls.map((it) => this.#close(it))]);
  }

  async #open(name: string, description: MetricsExporter): Promise<void> {
    const { faults } = this.#deps;
    faults.expect(name, 'OBS_EXPORTER_FAILED');
    const opening = (async () => description.open(contextOf(this.#deps, name)))();
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
    if (!isPush(exporter)) return this.#deps.self.expectExports(name);
    const loop = pushLoop(this.#deps, name, exporter);
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
      this.#deps.faults.report(name, error);
    }
  }
}

/**
 * Checks the result of an exporter that may be written in JavaScript. A timer without a delay would
 * fire continuously.
 */
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

/** Returns exporters with unique names, which differ from that of the endpoint. */
function named(exporters: readonly MetricsExporter[]): (readonly [string, MetricsExporter])[] {
  const taken = new Set([ENDPOINT_NAME]);
  return exporters.map((it) => {
    let name = it.name;
    for (let i = 2; taken.has(name); i++) name = `${it.name}_${i}`;
    taken.add(name);
    return [name, it];
  });
}

function pushLoop(deps: MetricExportsDeps, name: string, exporter: PushExporter): PushLoop {
  const { clock, faults, self, registry, timers = systemTimers, random = Math.random } = deps;
  return new PushLoop({
    name,
    exporter,
    clock,
    faults,
    self,
    timers,
    limits: systemTimers,
    random,
    snapshot: deps.snapshot ?? (() => preparedSnapshot(registry)),
  });
}

function preparedSnapshot(registry: MetricRegistry): RegistrySnapshot | Promise<RegistrySnapshot> {
  return registry.prepare()?.then(() => registry.snapshot()) ?? registry.snapshot();
}

function contextOf(deps: MetricExportsDeps, name: string): ExporterContext {
  const { clock, faults, options, registry, namespace, startedAtMs } = deps;
  const { serviceName, serviceVersion, environment, labels = {} } = options;
  return {
    application: { serviceName, serviceVersion, environment, labels },
    startedAtMs,
    clock,
    read: () => measuredSnapshot(deps, name),
    onSeriesEnd: (listen) => registry.onSeriesEnd(listen),
    report: (error) => faults.report(name, error),
    own: { registry, namespace },
  };
}

function measuredSnapshot(
  { clock, self, registry }: MetricExportsDeps,
  name: string,
): RegistrySnapshot {
  const startedMs = clock.monotonicMs();
  const snapshot = registry.snapshot();
  self.exported(name, 'success', (clock.monotonicMs() - startedMs) / 1000);
  return snapshot;
}
