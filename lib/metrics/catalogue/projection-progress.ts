import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

const labels = ['projection_name'] as const;
const STATES = 7;

/** How far projections are: gauges that are absent when nobody knows, and published by the process that owns the projection. */
export const progressMetrics = {
  lagSeconds: {
    name: 'eventcore_projection_lag_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Age of the oldest event that a projection has not applied; 0 when it has applied all. Absent when unknown.',
    unit: 'seconds',
    labels,
  },
  lagEvents: {
    name: 'eventcore_projection_lag_events',
    type: 'gauge',
    aggregation: 'max',
    help: 'Events that a projection has not applied. Absent when unknown.',
    labels,
  },
  position: {
    name: 'eventcore_projection_position',
    type: 'gauge',
    aggregation: 'max',
    help: 'Position of the last event whose application a projection has committed.',
    labels,
  },
  headPosition: {
    name: 'eventcore_projection_head_position',
    type: 'gauge',
    aggregation: 'max',
    help: 'Position of the last event that a projection would handle.',
    labels,
  },
  lastProcessed: {
    name: 'eventcore_projection_last_processed_timestamp_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'When a projection last applied an event in this process, Unix time.',
    unit: 'seconds',
    labels,
  },
  headObserved: {
    name: 'eventcore_projection_head_observed_timestamp_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'When the head of a projection was last read, Unix time; it stops when the head cannot be read.',
    unit: 'seconds',
    labels,
  },
  observationErrors: {
    name: 'eventcore_projection_lag_observation_errors_total',
    type: 'counter',
    help: 'Failed attempts to read the head or the checkpoint of a projection.',
    labels,
  },
  state: {
    name: 'eventcore_projection_state',
    type: 'gauge',
    aggregation: 'max',
    help: 'The state of a projection: 1 for the one it is in, 0 for the others.',
    labels: [...labels, 'state'],
    seriesLimit: STATES * CLOSED_SET,
  },
  rebuildProgress: {
    name: 'eventcore_projection_rebuild_progress_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Share of a rebuild that is done. Absent when none is under way.',
    unit: 'ratio',
    labels,
  },
  rebuildRemaining: {
    name: 'eventcore_projection_rebuild_remaining_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Time that a rebuild will take at the speed it has had so far. Absent when none moves.',
    unit: 'seconds',
    labels,
  },
} as const satisfies Record<string, MetricDefinition>;
