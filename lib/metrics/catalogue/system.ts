import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/** The process that the application runs in. */
export const systemMetrics = {
  uptime: {
    name: 'eventcore_uptime_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Time since the process started.',
    unit: 'seconds',
  },
  memory: {
    name: 'eventcore_memory_usage_bytes',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Memory of the process by component.',
    processWide: ['rss'],
    unit: 'bytes',
    labels: ['component'],
    seriesLimit: CLOSED_SET,
  },
  cpu: {
    name: 'eventcore_cpu_usage_ratio',
    type: 'gauge',
    aggregation: 'sum',
    processWide: true,
    help: 'CPU time of all threads per elapsed time since the previous reading; 1 is one core fully used.',
    unit: 'ratio',
  },
  eventLoopUtilization: {
    name: 'eventcore_event_loop_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Share of the time since the previous reading that the event loop was busy.',
    unit: 'ratio',
  },
  eventLoopDelay: {
    name: 'eventcore_event_loop_delay_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'How late the event loop ran a timer due at any moment since the previous reading, by quantile.',
    unit: 'seconds',
    labels: ['quantile'],
    seriesLimit: CLOSED_SET,
  },
  collections: {
    name: 'eventcore_gc_duration_seconds',
    type: 'histogram',
    help: 'Pauses of the garbage collector, by kind.',
    unit: 'seconds',
    labels: ['kind'],
    seriesLimit: CLOSED_SET,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  },
  activeResources: {
    name: 'eventcore_active_resources',
    type: 'gauge',
    aggregation: 'sum',
    help: 'What keeps the event loop alive: timers, sockets, requests, by the type that Node gives to it.',
    labels: ['type'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
