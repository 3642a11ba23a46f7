import { errorMetrics } from '../../metrics/catalogue/errors.js';
import { eventStoreMetrics } from '../../metrics/catalogue/event-store.js';
import { above } from '../alert-thresholds.js';
import type { Board } from '../board.js';
import { bars, graph, heatmap, stat } from '../panels.js';
import {
  countBy,
  heat,
  outcomeColors,
  quantile,
  quantiles,
  rateBy,
  series,
  share,
} from '../queries.js';

const operation = 'operation=~"$operation"';
const category = 'stream_category=~"$category"';
const { operations, latency, written, read, conflicts, active, versions } = eventStoreMetrics;
const failed = `${operation}, outcome="failure"`;

/** Operations, events and conflicts of the event store. */
export const eventStoreBoard: Board = {
  id: 'event-store',
  title: 'Event store',
  description:
    'Operations, latency, conflicts, and the events that are written and read, by category.',
  variables: [
    {
      name: 'operation',
      title: 'Operation',
      values: { series: series(operations), label: 'operation' },
    },
    {
      name: 'category',
      title: 'Stream category',
      values: { series: series(written), label: 'stream_category' },
    },
  ],
  rows: [
    {
      title: 'Event store now',
      panels: [
        stat('Operations: How many operations end per second?', 'per second', {
          operations: rateBy('', operations, operation),
        }),
        stat(
          'Failed: What share of the operations fails? Version conflicts are failures too.',
          'ratio',
          { failed: share(rateBy('', operations, failed), rateBy('', operations, operation)) },
        ),
        stat(
          'p95 latency: How long do all but the slowest 5 % of the operations take?',
          { unit: 'seconds', threshold: above('EventStoreLatencyHigh', 'seconds') },
          { p95: quantile(0.95, ['', latency, operation]) },
        ),
        stat(
          'Conflicts: How many appends per second meet another version than expected?',
          'per second',
          { conflicts: rateBy('', conflicts, category) },
        ),
        stat('Events written: How many events are appended per second?', 'per second', {
          written: rateBy('', written, category),
        }),
        stat(
          'Streams: How many streams does the store have?',
          { unit: 'count', absent: 'not counted' },
          { streams: `max(${series(active)})` },
        ),
      ],
    },
    {
      title: 'Operations',
      panels: [
        graph('Failed share by operation: Which operation fails?', 'ratio', {
          '{{operation}}': share(
            rateBy('operation', operations, failed),
            rateBy('operation', operations, operation),
          ),
        }),
        graph(
          'p95 latency by operation: Which operation is slow?',
          {
            unit: 'seconds',
            exemplars: true,
            threshold: above('EventStoreLatencyHigh', 'seconds'),
          },
          { '{{operation}}': quantile(0.95, ['operation', latency, operation]) },
        ),
        graph('Operations by operation: How is the store used?', 'per second', {
          '{{operation}}': rateBy('operation', operations, operation),
        }),
        graph(
          'Operations by outcome: How do operations end?',
          { unit: 'per second', stacked: true, colors: outcomeColors },
          { '{{outcome}}': rateBy('outcome', operations, operation) },
        ),
        graph(
          'Latency quantiles: How long do operations take? A point is one operation with a trace.',
          { unit: 'seconds', exemplars: true },
          quantiles(latency, operation),
        ),
        heatmap(
          'Latency of operations: Are there two groups of operations, a fast and a slow one?',
          'seconds',
          { '{{le}}': heat(latency, operation) },
        ),
      ],
    },
    {
      title: 'Events and streams',
      panels: [
        graph('Events written by category: Which streams grow?', 'per second', {
          '{{stream_category}}': rateBy('stream_category', written, category),
        }),
        graph('Events read by category: Which streams are read?', 'per second', {
          '{{stream_category}}': rateBy('stream_category', read, category),
        }),
        graph(
          'Conflicts by category: Which streams do several writers want at once?',
          'per second',
          { '{{stream_category}}': rateBy('stream_category', conflicts, category) },
        ),
        graph(
          'Number of streams: How fast does the number of streams grow?',
          { unit: 'count', absent: 'not counted' },
          { streams: `max(${series(active)})` },
        ),
        graph(
          'Versions of named streams: Which of the streams in the option streamVersions becomes too long?',
          { unit: 'count', absent: 'no stream is named' },
          { '{{stream}}': `max by (stream) (${series(versions)})` },
        ),
        bars('Errors by type: Which errors did the store throw in this time range?', 'count', {
          '{{error_type}}': countBy('error_type', errorMetrics.errors, 'source="event_store"'),
        }),
      ],
    },
  ],
};
