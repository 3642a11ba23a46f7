import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const operation = { operation: 'open', outcome: 'closed' } as const;
const category = { stream_category: 'open' } as const;
const needs = ['store operation'] as const;

/** The event store: operations by kind, events by stream category. */
export const eventStoreMetrics = {
  operations: {
    name: 'eventcore_event_store_operations_total',
    type: 'counter',
    help: 'Operations on the event store.',
    labels: operation,
    needs,
    absentWhen:
      'No operation has ended. Is the store in use the one that instrumentEventStore() returned?',
  },
  latency: {
    name: 'eventcore_event_store_latency_seconds',
    type: 'histogram',
    help: 'Time that an operation on the event store took.',
    unit: 'seconds',
    labels: operation,
    buckets: durationBuckets,
    needs,
    absentWhen:
      'No operation has ended. Is the store in use the one that instrumentEventStore() returned?',
  },
  written: {
    name: 'eventcore_events_written_total',
    type: 'counter',
    help: 'Events appended, by the category of their stream.',
    labels: category,
    otelName: 'eventcore.events.written',
    needs,
    absentWhen: 'No operation has reported appended events.',
  },
  read: {
    name: 'eventcore_events_read_total',
    type: 'counter',
    help: 'Events read, by the category of their stream.',
    labels: category,
    needs,
    absentWhen: 'No operation has reported events that it read.',
  },
  conflicts: {
    name: 'eventcore_event_store_conflicts_total',
    type: 'counter',
    help: 'Appends refused because the stream had moved on.',
    labels: category,
    needs,
    absentWhen: 'No append has met a conflict.',
  },
  active: {
    name: 'eventcore_active_streams',
    type: 'gauge',
    aggregation: 'max',
    help: 'Streams in the event store by its own count; absent while the count is unknown.',
    otelName: 'eventcore.streams.active',
    needs: ['stream count'],
    absentWhen: 'A store has not reported the number of its streams, or its last count failed.',
    zeroWhen: 'The event stores have no stream.',
  },
  versions: {
    name: 'eventcore_stream_versions',
    type: 'gauge',
    aggregation: 'max',
    help: 'Highest version seen of the streams that the application names.',
    labels: { stream: 'closed' },
    needs: ['stream versions'],
    absentWhen: 'No operation has reported a version of a stream that streamVersions names.',
    zeroWhen: 'Each named stream is at version 0.',
  },
} as const satisfies Record<string, CatalogueMetric>;
