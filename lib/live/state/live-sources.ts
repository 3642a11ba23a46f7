import type { AlertPort } from '../../kernel/alert-port.js';
import type { ApplicationReport } from '../../kernel/ports/application-report.js';
import type { Clock } from '../../kernel/clock.js';
import type { LogStore } from '../../logging/log-store.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { PerformanceMonitor } from '../../performance/performance-monitor.js';
import type { ProjectionProgress } from '../../projections/projection-progress.js';
import type { MetricQueries } from '../../query/metric-queries.js';
import type { SeriesSource } from '../../query/series-source.js';
import type { TraceStore } from '../../tracing/store/trace-store.js';

/** Sources of a page: one application, or all processes of a cluster. */
export interface LiveSources {
  readonly service: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly environment?: string | undefined;
  };
  readonly namespace: string;
  readonly clock: Clock;
  readonly history: SeriesSource;
  readonly queries: MetricQueries;
  /** Returns the current values of all metrics. */
  snapshot(): RegistrySnapshot | Promise<RegistrySnapshot>;
  /** Returns the progress of projections that this process knows. */
  projections?(): readonly ProjectionProgress[];
  readonly performance?: PerformanceMonitor | undefined;
  readonly traces?: TraceStore | undefined;
  readonly logs?: LogStore | undefined;
  readonly report?: ApplicationReport | undefined;
  readonly alerts?: AlertPort | undefined;
  /** True if the page may silence alerts. */
  readonly canSilence?: boolean;
  /** Receives faults; the page goes on without the part that failed. */
  fault(error: unknown): void;
}
