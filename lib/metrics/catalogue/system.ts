import type { CatalogueMetric } from './catalogue-metric.js';

const NOT_SAMPLED = 'The process has not been sampled: the first reading takes a sample.';

/** Metrics of the application process. */
export const systemMetrics = {
  uptime: {
    name: 'eventcore_uptime_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Time since the process started.',
    unit: 'seconds',
    absentWhen: 'Process statistics could not be read: see faults.',
  },
  memory: {
    name: 'eventcore_memory_usage_bytes',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Memory usage of the process by component.',
    processWide: ['rss'],
    unit: 'bytes',
    labels: { component: 'closed' },
    absentWhen: 'Process statistics could not be read: see faults.',
  },
  cpu: {
    name: 'eventcore_cpu_usage_ratio',
    type: 'gauge',
    aggregation: 'sum',
    processWide: true,
    help: 'CPU time of all threads per elapsed time over the last 15 seconds; 1 equals one fully used core.',
    unit: 'ratio',
    absentWhen: NOT_SAMPLED,
  },
  eventLoopUtilization: {
    name: 'eventcore_event_loop_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Share of the last 15 seconds in which the event loop was busy.',
    unit: 'ratio',
    absentWhen: NOT_SAMPLED,
  },
  eventLoopDelay: {
    name: 'eventcore_event_loop_delay_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Event loop delay over the last 15 seconds, by quantile.',
    unit: 'seconds',
    labels: { quantile: 'closed' },
    absentWhen: NOT_SAMPLED,
  },
  collections: {
    name: 'eventcore_gc_duration_seconds',
    type: 'histogram',
    help: 'Duration of garbage collection pauses, by kind.',
    unit: 'seconds',
    labels: { kind: 'closed' },
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    absentWhen: 'Node.js has reported no garbage collection pause since the application started.',
  },
  threads: {
    name: 'eventcore_threads_active',
    type: 'gauge',
    aggregation: 'sum',
    processWide: true,
    help: 'Threads of the process, of the operating system: the pool of Node.js, of V8, and workers.',
    absentWhen: 'The operating system does not say: only Linux does.',
  },
  activeResources: {
    name: 'eventcore_active_resources',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Active resources that keep the event loop alive, such as timers and sockets, by Node.js type.',
    labels: { type: 'closed' },
    absentWhen: 'No resource was active at the last reading.',
  },
} as const satisfies Record<string, CatalogueMetric>;
