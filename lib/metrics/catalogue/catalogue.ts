import type { MetricDefinition } from '../definition/metric-definition.js';
import { circuitBreakerMetrics } from './circuit-breakers.js';
import { clusterMetrics } from './cluster.js';
import { commandMetrics } from './commands.js';
import { errorMetrics } from './errors.js';
import { eventStoreMetrics } from './event-store.js';
import { healthMetrics } from './health.js';
import { httpMetrics } from './http.js';
import { poolMetrics } from './pools.js';
import { progressMetrics } from './projection-progress.js';
import { projectionMetrics } from './projections.js';
import { queryMetrics } from './queries.js';
import { selfMetrics } from './self.js';
import { systemMetrics } from './system.js';

/** A part of the catalogue with the heading under which a reader finds it. */
export interface CatalogueDomain {
  /** The heading. */
  readonly title: string;
  /** The metrics under it. */
  readonly metrics: readonly MetricDefinition[];
}

/** Every metric the library emits, by domain, in the namespace `eventcore`. */
export const catalogue: readonly CatalogueDomain[] = [
  { title: 'Commands', metrics: Object.values(commandMetrics) },
  { title: 'Queries', metrics: Object.values(queryMetrics) },
  {
    title: 'Projections',
    metrics: [...Object.values(projectionMetrics), ...Object.values(progressMetrics)],
  },
  { title: 'Event store', metrics: Object.values(eventStoreMetrics) },
  { title: 'Errors', metrics: Object.values(errorMetrics) },
  {
    title: 'Connection pools and circuit breakers',
    metrics: [...Object.values(poolMetrics), ...Object.values(circuitBreakerMetrics)],
  },
  { title: 'System', metrics: Object.values(systemMetrics) },
  { title: 'HTTP', metrics: Object.values(httpMetrics) },
  { title: 'Health checks', metrics: Object.values(healthMetrics) },
  { title: 'Workers and threads', metrics: Object.values(clusterMetrics) },
  { title: 'The library about itself', metrics: Object.values(selfMetrics) },
];
