import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { projection_name: 'open' } as const;
const needs = ['projection'] as const;

/** Projections: one series per projection, however many of its methods handle events. */
export const projectionMetrics = {
  processed: {
    name: 'eventcore_projection_events_processed_total',
    type: 'counter',
    help: 'Events that a projection applied, in live operation or while rebuilding.',
    labels: { ...labels, mode: 'closed' },
    needs,
    absentWhen: 'No projection has applied an event in this process.',
  },
  skipped: {
    name: 'eventcore_projection_events_skipped_total',
    type: 'counter',
    help: 'Events that were not for this projection or that it had applied before.',
    labels,
    needs,
    absentWhen: 'No projection has reported a skipped event.',
  },
  failed: {
    name: 'eventcore_projection_errors_total',
    type: 'counter',
    help: 'Handlings of an event that failed.',
    labels,
    needs,
    absentWhen: 'No handling of an event has failed.',
  },
  retries: {
    name: 'eventcore_projection_retries_total',
    type: 'counter',
    help: 'Handlings that failed and were tried again.',
    labels,
    needs,
    absentWhen: 'No projection has reported a retry.',
  },
  deadLettered: {
    name: 'eventcore_projection_dead_lettered_total',
    type: 'counter',
    help: 'Events that a projection gave up on.',
    labels,
    needs,
    absentWhen: 'No projection has reported an event that it gave up on.',
  },
  duration: {
    name: 'eventcore_projection_duration_seconds',
    type: 'histogram',
    help: 'Time that a projection took to handle one event or one batch.',
    unit: 'seconds',
    labels: { ...labels, outcome: 'closed' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'No timed handling of an event has ended.',
  },
  batchSize: {
    name: 'eventcore_projection_batch_size',
    type: 'histogram',
    help: 'Events per batch that a projection applied.',
    labels,
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
    needs: [...needs, 'projection batches'],
    absentWhen: 'No projection has applied a batch.',
  },
  latency: {
    name: 'eventcore_projection_latency_seconds',
    type: 'histogram',
    help: 'Time from the recording of an event until a projection had applied it; nothing while it is rebuilt.',
    unit: 'seconds',
    labels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
    needs: [...needs, 'projection event time'],
    absentWhen: 'No projection has applied an event with a known time outside a rebuild.',
  },
  active: {
    name: 'eventcore_projections_active',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Projections that this process runs.',
    needs,
    absentWhen: 'This process runs no projection.',
  },
} as const satisfies Record<string, CatalogueMetric>;
