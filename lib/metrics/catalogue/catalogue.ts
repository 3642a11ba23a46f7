import type { MetricDefinition } from '../definition/metric-definition.js';
import { type CatalogueMetric, definitionOf } from './catalogue-metric.js';
import { connectionMetrics } from './connections.js';
import { graphqlMetrics } from './integrations/graphql.js';
import { outboundMetrics } from './integrations/outbound.js';
import { clusterMetrics } from './cluster.js';
import { commandMetrics } from './commands.js';
import { errorMetrics } from './errors.js';
import { eventStoreMetrics } from './event-store.js';
import { healthMetrics } from './health.js';
import { databaseMetrics } from './plugins/databases.js';
import { historyMetrics } from './plugins/history.js';
import { httpMetrics } from './http.js';
import { logMetrics } from './plugins/logs.js';
import { jobCallMetrics, jobMetrics, queueMetrics } from './integrations/jobs.js';
import { messageMetrics, websocketMetrics } from './integrations/messages.js';
import { genAiMetrics } from './plugins/gen-ai.js';
import { machineLearningMetrics } from './plugins/machine-learning.js';
import { meshMetrics } from './plugins/mesh.js';
import { performanceFindings } from './plugins/performance.js';
import { alertMetrics } from './plugins/alerts.js';
import { pipelineMetrics, pipelineStageMetrics } from './plugins/pipelines.js';
import { pipelineStreamMetrics } from './plugins/pipeline-streams.js';
import { pipelineWindowMetrics } from './plugins/pipeline-windows.js';
import { usageCpuMetrics, usageMetrics } from './plugins/usage.js';
import { progressMetrics } from './projection-progress.js';
import { projectionMetrics } from './projections.js';
import { queryMetrics } from './queries.js';
import { circuitBreakerMetrics, poolMetrics } from './resources.js';
import { selfMetrics } from './self.js';
import { systemMetrics } from './system.js';

/** A section of the metric catalogue. */
export interface CatalogueDomain {
  /** Heading of the section. */
  readonly title: string;
  /** Metrics of the section. */
  readonly metrics: readonly MetricDefinition[];
}

interface Domain {
  readonly title: string;
  readonly parts: readonly Readonly<Record<string, CatalogueMetric>>[];
}

const domains: readonly Domain[] = [
  { title: 'Commands', parts: [commandMetrics] },
  { title: 'Queries', parts: [queryMetrics] },
  {
    title: 'Projections',
    parts: [projectionMetrics, progressMetrics],
  },
  { title: 'Jobs', parts: [jobCallMetrics, jobMetrics, queueMetrics] },
  { title: 'Messages', parts: [messageMetrics, websocketMetrics] },
  { title: 'GraphQL', parts: [graphqlMetrics] },
  {
    title: 'Pipelines',
    parts: [pipelineMetrics, pipelineStreamMetrics, pipelineStageMetrics, pipelineWindowMetrics],
  },
  { title: 'Event store', parts: [eventStoreMetrics] },
  { title: 'Errors', parts: [errorMetrics] },
  {
    title: 'Connection pools and circuit breakers',
    parts: [poolMetrics, circuitBreakerMetrics],
  },
  { title: 'System', parts: [systemMetrics] },
  { title: 'HTTP', parts: [httpMetrics, connectionMetrics] },
  { title: 'Outbound HTTP', parts: [outboundMetrics] },
  { title: 'Databases', parts: [databaseMetrics] },
  { title: 'Service mesh', parts: [meshMetrics] },
  { title: 'Machine learning', parts: [machineLearningMetrics] },
  { title: 'Generative AI', parts: [genAiMetrics] },
  { title: 'Health checks', parts: [healthMetrics] },
  { title: 'Workers and threads', parts: [clusterMetrics] },
  { title: 'Log lines', parts: [logMetrics] },
  { title: 'Metric history', parts: [historyMetrics] },
  { title: 'Performance', parts: [performanceFindings] },
  { title: 'Alerts', parts: [alertMetrics] },
  { title: 'Usage', parts: [usageMetrics, usageCpuMetrics] },
  { title: 'Library internals', parts: [selfMetrics] },
];

/** All catalogue metrics with their labels, needs and reasons for absence, in the namespace `eventcore`. */
export const catalogueMetrics: readonly CatalogueMetric[] = domains.flatMap(metricsOf);

/** Every metric the library emits, by domain, in the namespace `eventcore`. */
export const catalogue: readonly CatalogueDomain[] = domains.map((it) => ({
  title: it.title,
  metrics: metricsOf(it).map(definitionOf),
}));

function metricsOf({ parts }: Domain): CatalogueMetric[] {
  return parts.flatMap((it) => Object.values(it));
}
