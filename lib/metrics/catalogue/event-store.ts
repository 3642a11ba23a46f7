import {
  CLOSED_SET,
  durationBuckets,
  type MetricDefinition,
} from '../definition/metric-definition.js';

const operation = ['operation', 'outcome'] as const;
const category = ['stream_category'] as const;

/** The event store: operations by kind, events by stream category. */
export const eventStoreMetrics = {
  operations: {
    name: 'eventcore_event_store_operations_total',
    type: 'counter',
    help: 'Operations on the event store.',
    labels: operation,
  },
  latency: {
    name: 'eventcore_event_store_latency_seconds',
    type: 'histogram',
    help: 'Time that an operation on the event store took.',
    unit: 'seconds',
    labels: operation,
    buckets: durationBuckets,
  },
  written: {
    name: 'eventcore_events_written_total',
    type: 'counter',
    help: 'Events appended, by the category of their stream.',
    labels: category,
    otelName: 'eventcore.events.written',
  },
  read: {
    name: 'eventcore_events_read_total',
    type: 'counter',
    help: 'Events read, by the category of their stream.',
    labels: category,
  },
  conflicts: {
    name: 'eventcore_event_store_conflicts_total',
    type: 'counter',
    help: 'Appends refused because the stream had moved on.',
    labels: category,
  },
  active: {
    name: 'eventcore_active_streams',
    type: 'gauge',
    aggregation: 'max',
    help: 'Streams in the event store by its own count; absent while the count is unknown.',
    otelName: 'eventcore.streams.active',
  },
  versions: {
    name: 'eventcore_stream_versions',
    type: 'gauge',
    aggregation: 'max',
    help: 'Highest version seen of the streams that the application names.',
    labels: ['stream'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
