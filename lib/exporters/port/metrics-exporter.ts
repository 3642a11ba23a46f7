import type { Clock } from '../../kernel/clock.js';
import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { RegistrySnapshot, SeriesBlock } from '../../metrics/snapshot/snapshot.js';

/** Application whose metrics are exported. */
export interface ExportedApplication {
  /** Module option `serviceName`. */
  readonly serviceName: string | undefined;
  /** Module option `serviceVersion`. */
  readonly serviceVersion: string | undefined;
  /** Module option `environment`. */
  readonly environment: string | undefined;
  /** Module option `labels`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Services that the application provides to an exporter. */
export interface ExporterContext {
  /** Application whose metrics are exported. */
  readonly application: ExportedApplication;
  /** Start of counting: Unix time in milliseconds. */
  readonly startedAtMs: number;
  /** Clock of the application. */
  readonly clock: Clock;
  /** Returns all current values, for a pull exporter. Every call counts as one export. */
  read(): RegistrySnapshot;
  /**
   * Reports every removed series of a counter or histogram with its last values. An exporter of differences would
   * otherwise lose the counts since the previous snapshot.
   *
   * @returns Removes the listener; call it when the exporter closes.
   */
  onSeriesEnd(listen: (definition: MetricDefinition, series: SeriesBlock) => void): () => void;
  /** Counts and logs a fault that did not fail an export. */
  report(error: unknown): void;
  /** @internal Registry and namespace, for metrics of an exporter about itself. */
  readonly own?: { readonly registry: MetricRegistry; readonly namespace: string };
}

/** Exporter that sends: the library calls it at its interval, and never while a previous export is running. */
export interface PushExporter {
  /** Interval between two exports in milliseconds, above 0. It varies by 10 %, and grows while exports fail. */
  readonly intervalMs: number;
  /** Time limit of one export in milliseconds, above 0. */
  readonly timeoutMs: number;
  /**
   * Sends the values. A failed export is counted and not repeated, because the next export has newer values. An
   * exporter of differences must retain differences that were not accepted.
   *
   * @param snapshot - All values at one instant. It is immutable and may be retained.
   * @param signal - Aborts when the time limit expires; pending work must then end, and the promise must settle.
   */
  export(snapshot: RegistrySnapshot, signal: AbortSignal): Promise<void>;
  /** Closes connections. Called once, after the last export. */
  close?(): void | Promise<void>;
}

/** Exporter that is polled: it calls `context.read()` whenever its target requests values. */
export interface PullExporter {
  /** Distinguishes the exporter from a push exporter. */
  readonly export?: undefined;
  /** Stops answering. Called once, when the application shuts down. */
  close?(): void | Promise<void>;
}

/**
 * Target of metrics, for the module option `exporters`. It is a stateless description: every application opens its own
 * exporter.
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
  /**
   * Value of the label `exporter`: 1 to 64 lower-case letters, digits and underscores. A second exporter of the same
   * name gets the suffix `_2`.
   */
  readonly name: string;
  /**
   * Requests exponential histogram buckets. They are recorded from the start, for all histograms, if any exporter
   * requests them. @defaultValue false
   */
  readonly exponentialHistograms?: boolean;
  /**
   * Opens the exporter. The start of the application waits for it for at most five seconds; a slower exporter starts to
   * export once it is open. Prefer to open connections in `export`, whose errors are counted and retried.
   *
   * @throws ConfigurationError for an exporter that cannot work, such as `OBS_PEER_MISSING`; it aborts the start of the
   * application.
   */
  open(
    context: ExporterContext,
  ): PushExporter | PullExporter | Promise<PushExporter | PullExporter>;
}
