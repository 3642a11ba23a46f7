import { durationBuckets, type MetricDefinition } from '../metric-definition.js';

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
    help: 'Time that a projection took to handle one event.',
    unit: 'seconds',
    labels: [...labels, 'outcome'],
    buckets: durationBuckets,
  },
  active: {
    name: 'eventcore_projections_active',
    type: 'gauge',
    help: 'Projections that this process runs.',
  },
} as const satisfies Record<string, MetricDefinition>;
