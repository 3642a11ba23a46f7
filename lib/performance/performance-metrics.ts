import { commandMetrics } from '../metrics/catalogue/commands.js';
import { eventStoreMetrics } from '../metrics/catalogue/event-store.js';
import { httpMetrics } from '../metrics/catalogue/http.js';
import { nameIn } from '../metrics/catalogue/catalogue-metric.js';
import { progressMetrics } from '../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../metrics/catalogue/projections.js';
import { poolMetrics } from '../metrics/catalogue/resources.js';
import { systemMetrics } from '../metrics/catalogue/system.js';

const metrics = {
  commands: commandMetrics.finished,
  commandErrors: commandMetrics.failed,
  commandDuration: commandMetrics.duration,
  eventsWritten: eventStoreMetrics.written,
  activeStreams: eventStoreMetrics.active,
  uptime: systemMetrics.uptime,
  memory: systemMetrics.memory,
  eventLoopUtilization: systemMetrics.eventLoopUtilization,
  eventLoopDelay: systemMetrics.eventLoopDelay,
  requests: httpMetrics.requests,
  lagSeconds: progressMetrics.lagSeconds,
  lagEvents: progressMetrics.lagEvents,
  projectionState: progressMetrics.state,
  projectionEvents: projectionMetrics.processed,
  poolSize: poolMetrics.size,
  poolAvailable: poolMetrics.available,
  poolMaxSize: poolMetrics.maxSize,
  poolPending: poolMetrics.pending,
} as const;

/** Names of the metrics that the performance is read from. */
export type PerformanceMetrics = Readonly<Record<keyof typeof metrics, string>>;

/** Returns the names in a namespace. */
export function performanceMetrics(namespace: string): PerformanceMetrics {
  const entries = Object.entries(metrics).map(([key, { name }]) => [key, nameIn(namespace, name)]);
  return Object.fromEntries(entries) as PerformanceMetrics;
}
