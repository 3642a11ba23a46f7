import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { projection_name: 'open' } as const;
const needs = ['projection'] as const;

/** Projection metrics, with one series per projection for all of its handler methods. */
export const projectionMetrics = {
  processed: {
    name: 'eventcore_projection_events_processed_total',
    type: 'counter',
    help: 'Events that a projection has applied, by mode (live or rebuild).',
    labels: { ...labels, mode: 'closed' },
    needs,
    absentWhen: 'No projection has applied an event in this process.',
  },
  skipped: {
    name: 'eventcore_projection_events_skipped_total',
    type: 'counter',
    help: 'Skipped events: irrelevant to the projection or already applied.',
    labels,
    needs,
    absentWhen: 'No projection has reported a skipped event.',
  },
  failed: {
    name: 'eventcore_projection_errors_total',
    type: 'counter',
    help: 'Failed event handlings of a projection.',
    labels,
    needs,
    absentWhen: 'No projection has failed to handle an event.',
  },
  retries: {
    name: 'eventcore_projection_retries_total',
    type: 'counter',
    help: 'Event handlings of a projection that failed and were retried.',
    labels,
    needs,
    absentWhen: 'No projection has reported a retry.',
  },
  deadLettered: {
    name: 'eventcore_projection_dead_lettered_total',
    type: 'counter',
    help: 'Events that a projection has dead-lettered.',
    labels,
    needs,
    absentWhen: 'No projection has reported a dead-lettered event.',
  },
  duration: {
    name: 'eventcore_projection_duration_seconds',
    type: 'histogram',
    help: 'Duration of handling one event or batch in a projection.',
    unit: 'seconds',
    labels: { ...labels, outcome: 'closed' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'No timed event handling has finished.',
  },
  batchSize: {
    name: 'eventcore_projection_batch_size',
    type: 'histogram',
    help: 'Events per applied batch of a projection.',
    labels,
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
    needs: [...needs, 'option batch'],
    absentWhen: 'No projection has applied a batch.',
  },
  latency: {
    name: 'eventcore_projection_latency_seconds',
    type: 'histogram',
    help: 'Time from the recording of an event until a projection has applied it; excludes rebuilds.',
    unit: 'seconds',
    labels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    needs: [...needs, 'option eventTime'],
    absentWhen: 'No projection has applied an event with a known time outside a rebuild.',
  },
  active: {
    name: 'eventcore_projections_active',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Projections that run in this process.',
    needs,
    absentWhen: 'This process runs no projection.',
  },
} as const satisfies Record<string, CatalogueMetric>;
