import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const operation = { operation: 'open', outcome: 'closed' } as const;
const category = { stream_category: 'open' } as const;
const needs = ['store operation'] as const;

/** Event store metrics: operations by name, events by stream category. */
export const eventStoreMetrics = {
  operations: {
    name: 'eventcore_event_store_operations_total',
    type: 'counter',
    help: 'Finished event store operations by name and outcome.',
    labels: operation,
    needs,
    absentWhen:
      'No operation has ended. Is the store in use the one that instrumentEventStore() returned?',
  },
  latency: {
    name: 'eventcore_event_store_latency_seconds',
    type: 'histogram',
    help: 'Duration of event store operations.',
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
    help: 'Appended events by stream category.',
    labels: category,
    otelName: 'eventcore.events.written',
    needs,
    absentWhen: 'No operation has reported appended events.',
  },
  read: {
    name: 'eventcore_events_read_total',
    type: 'counter',
    help: 'Read events by stream category.',
    labels: category,
    needs,
    absentWhen: 'No operation has reported events that it read.',
  },
  conflicts: {
    name: 'eventcore_event_store_conflicts_total',
    type: 'counter',
    help: 'Appends rejected because of a version conflict, by stream category.',
    labels: category,
    needs,
    absentWhen: 'No append has had a version conflict.',
  },
  active: {
    name: 'eventcore_active_streams',
    type: 'gauge',
    aggregation: 'max',
    help: 'Number of streams reported by the event store; absent while unknown.',
    otelName: 'eventcore.streams.active',
    needs: ['stream count'],
    absentWhen: 'An event store has not reported its number of streams, or its last count failed.',
    zeroWhen: 'The event stores have no streams.',
  },
  versions: {
    name: 'eventcore_stream_versions',
    type: 'gauge',
    aggregation: 'max',
    help: 'Highest observed version of each configured stream.',
    labels: { stream: 'closed' },
    needs: ['stream versions'],
    absentWhen: 'No operation has reported a version of a stream that streamVersions names.',
    zeroWhen: 'Each named stream is at version 0.',
  },
} as const satisfies Record<string, CatalogueMetric>;
