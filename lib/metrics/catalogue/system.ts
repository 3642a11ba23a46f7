import { CLOSED_SET, type MetricDefinition } from '../metric-definition.js';

/** The process that the application runs in. */
export const systemMetrics = {
  uptime: {
    name: 'eventcore_uptime_seconds',
    type: 'gauge',
    help: 'Time since the process started.',
    unit: 'seconds',
  },
  memory: {
    name: 'eventcore_memory_usage_bytes',
    type: 'gauge',
    help: 'Memory of the process by component.',
    unit: 'bytes',
    labels: ['component'],
    seriesLimit: CLOSED_SET,
  },
  cpu: {
    name: 'eventcore_cpu_usage_ratio',
    type: 'gauge',
    help: 'CPU time per elapsed time since the previous reading; 1 is one core fully used.',
    unit: 'ratio',
  },
  eventLoopUtilization: {
    name: 'eventcore_event_loop_utilization_ratio',
    type: 'gauge',
    help: 'Share of the time since the previous reading that the event loop was busy.',
    unit: 'ratio',
  },
  eventLoopDelay: {
    name: 'eventcore_event_loop_delay_seconds',
    type: 'gauge',
    help: 'How late the event loop ran timers since the previous reading, by quantile.',
    unit: 'seconds',
    labels: ['quantile'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
