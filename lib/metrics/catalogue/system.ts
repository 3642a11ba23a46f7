import type { CatalogueMetric } from './catalogue-metric.js';

/** The process that the application runs in. */
export const systemMetrics = {
  uptime: {
    name: 'eventcore_uptime_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Time since the process started.',
    unit: 'seconds',
    absentWhen: 'The process could not be read: see faults.',
  },
  memory: {
    name: 'eventcore_memory_usage_bytes',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Memory of the process by component.',
    processWide: ['rss'],
    unit: 'bytes',
    labels: { component: 'closed' },
    absentWhen: 'The process could not be read: see faults.',
  },
  cpu: {
    name: 'eventcore_cpu_usage_ratio',
    type: 'gauge',
    aggregation: 'sum',
    processWide: true,
    help: 'CPU time of all threads per elapsed time since the previous reading; 1 is one core fully used.',
    unit: 'ratio',
    absentWhen: 'No CPU time was measured between two readings.',
  },
  eventLoopUtilization: {
    name: 'eventcore_event_loop_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Share of the time since the previous reading that the event loop was busy.',
    unit: 'ratio',
    absentWhen: 'No busy time of the event loop was measured between two readings.',
  },
  eventLoopDelay: {
    name: 'eventcore_event_loop_delay_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'How late the event loop ran a timer due at any moment since the previous reading, by quantile.',
    unit: 'seconds',
    labels: { quantile: 'closed' },
    absentWhen: 'No delay of the event loop was measured between two readings.',
  },
  collections: {
    name: 'eventcore_gc_duration_seconds',
    type: 'histogram',
    help: 'Pauses of the garbage collector, by kind.',
    unit: 'seconds',
    labels: { kind: 'closed' },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    absentWhen:
      'Node.js has reported no pause of the garbage collector since the application started.',
  },
  activeResources: {
    name: 'eventcore_active_resources',
    type: 'gauge',
    aggregation: 'sum',
    help: 'What keeps the event loop alive: timers, sockets, requests, by the type that Node gives to it.',
    labels: { type: 'closed' },
    absentWhen: 'No active resource was found at the last reading.',
  },
} as const satisfies Record<string, CatalogueMetric>;
