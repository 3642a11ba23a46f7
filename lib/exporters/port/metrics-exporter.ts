import type { Clock } from '../../kernel/clock.js';
import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import type { RegistrySnapshot, SeriesBlock } from '../../metrics/snapshot/snapshot.js';

/** Whose metrics are exported. */
export interface ExportedApplication {
  /** The module's `serviceName`. */
  readonly serviceName: string | undefined;
  /** The module's `serviceVersion`. */
  readonly serviceVersion: string | undefined;
  /** The module's `environment`. */
  readonly environment: string | undefined;
  /** The module's `labels`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What an exporter gets from the application that opens it. */
export interface ExporterContext {
  /** Whose metrics they are. */
  readonly application: ExportedApplication;
  /** When counting began: Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** Source of time. */
  readonly clock: Clock;
  /** All values now, for an exporter that is asked for them. Every call counts as one export. */
  read(): RegistrySnapshot;
  /**
   * Tells of every series of a counter or histogram that is removed, with its last numbers: whoever sends differences
   * would lose what it counted since the snapshot before.
   *
   * @returns Ends it; call it when the exporter is closed.
   */
  onSeriesEnd(listen: (definition: MetricDefinition, series: SeriesBlock) => void): () => void;
  /** Counts and logs a fault that no export failed with. */
  report(error: unknown): void;
}

/** An exporter that sends: the library calls it at its interval, and never while an export of it is under way. */
export interface PushExporter {
  /** Time between two exports in milliseconds, above 0; it varies by a tenth, and grows while exports fail. */
  readonly intervalMs: number;
  /** Time limit of one export in milliseconds, above 0. */
  readonly timeoutMs: number;
  /**
   * Sends the values. A failed export is counted; it is not repeated, the next one has newer values. An exporter that
   * sends differences keeps what was not taken.
   *
   * @param snapshot - All values at one instant. It never changes, so it may be kept.
   * @param signal - Aborted when the time is over: what is under way must end, and the promise settle.
   */
  export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void>;
  /** Ends connections. Called once, after the last export. */
  close?(): void | Promise<void>;
}

/** An exporter that is asked: it calls `context.read()` whenever somebody wants values. */
export interface PullExporter {
  /** Tells it from one that sends. */
  readonly export?: undefined;
  /** Called once, when the application ends: it answers nobody any more. */
  close?(): void | Promise<void>;
}

/**
 * A target of metrics, for the option `exporters` of the module. It is a description that holds no state: every
 * application opens an exporter of its own.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import type { MetricsExporter } from '@eventcore/nestjs-observability/metrics';
 *
 * const toFile: MetricsExporter = {
 *   name: 'file',
 *   open: () => ({
 *     intervalMs: 60_000,
 *     timeoutMs: 5_000,
 *     export: (snapshot, signal) =>
 *       writeFile('/tmp/series', `${snapshot.metrics.length}`, { signal }),
 *   }),
 * };
 *
 * export const observability = ObservabilityModule.forRoot({ exporters: [toFile] });
 * ```
 */
export interface MetricsExporter {
  /** Value of the label `exporter`: 1 to 64 lower-case letters, digits and underscores. A second one gets `_2`. */
  readonly name: string;
  /**
   * Whether it wants the exponential buckets of histograms: they are kept from the start, for all histograms, when one of
   * the exporters does. @defaultValue false
   */
  readonly exponentialHistograms?: boolean;
  /**
   * Called while the application starts, which waits for it five seconds at most; an exporter that takes longer sends from
   * when it is open. A connection is better opened by `export`: what is thrown there is counted, and tried again.
   *
   * @throws ConfigurationError for an exporter that cannot work, such as `OBS_PEER_MISSING`; the start ends with it.
   */
  open(
    context: ExporterContext,
  ): PushExporter | PullExporter | Promise<PushExporter | PullExporter>;
}
