import { durationBuckets, type MetricDefinition } from '../definition/metric-definition.js';

const labels = ['projection_name'] as const;

/** Projections: one series per projection, however many of its methods handle events. */
export const projectionMetrics = {
  processed: {
    name: 'eventcore_projection_events_processed_total',
    type: 'counter',
    help: 'Events that a projection applied, in live operation or while rebuilding.',
    labels: [...labels, 'mode'],
  },
  skipped: {
    name: 'eventcore_projection_events_skipped_total',
    type: 'counter',
    help: 'Events that were not for this projection or that it had applied before.',
    labels,
  },
  failed: {
    name: 'eventcore_projection_errors_total',
    type: 'counter',
    help: 'Handlings of an event that failed.',
    labels,
  },
  retries: {
    name: 'eventcore_projection_retries_total',
    type: 'counter',
    help: 'Handlings that failed and were tried again.',
    labels,
  },
  deadLettered: {
    name: 'eventcore_projection_dead_lettered_total',
    type: 'counter',
    help: 'Events that a projection gave up on.',
    labels,
  },
  duration: {
    name: 'eventcore_projection_duration_seconds',
    type: 'histogram',
    help: 'Time that a projection took to handle one event or one batch.',
    unit: 'seconds',
    labels: [...labels, 'outcome'],
    buckets: durationBuckets,
  },
  batchSize: {
    name: 'eventcore_projection_batch_size',
    type: 'histogram',
    help: 'Events per batch that a projection applied.',
    labels,
    buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000],
  },
  latency: {
    name: 'eventcore_projection_latency_seconds',
    type: 'histogram',
    help: 'Time from the recording of an event until a projection had applied it; nothing while it is rebuilt.',
    unit: 'seconds',
    labels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
  },
  active: {
    name: 'eventcore_projections_active',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Projections that this process runs.',
  },
} as const satisfies Record<string, MetricDefinition>;
