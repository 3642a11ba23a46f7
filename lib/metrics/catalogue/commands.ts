import { durationBuckets, type MetricDefinition } from '../definition/metric-definition.js';

const labels = ['command_type'] as const;

/** Commands: one series per command. */
export const commandMetrics = {
  finished: {
    name: 'eventcore_commands_total',
    type: 'counter',
    help: 'Commands that finished, whatever their outcome.',
    labels,
  },
  succeeded: {
    name: 'eventcore_commands_succeeded_total',
    type: 'counter',
    help: 'Commands that succeeded.',
    labels,
  },
  rejected: {
    name: 'eventcore_commands_rejected_total',
    type: 'counter',
    help: 'Commands that a business rule rejected.',
    labels,
  },
  failed: {
    name: 'eventcore_command_errors_total',
    type: 'counter',
    help: 'Commands that failed.',
    labels,
  },
  duration: {
    name: 'eventcore_command_duration_seconds',
    type: 'histogram',
    help: 'Time from the start of a command to its end, retries included.',
    unit: 'seconds',
    labels: [...labels, 'outcome'],
    buckets: durationBuckets,
    otelName: 'eventcore.commands.duration',
  },
  concurrent: {
    name: 'eventcore_commands_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Commands executing now.',
    labels,
  },
  attempts: {
    name: 'eventcore_command_attempts',
    type: 'histogram',
    help: 'Attempts per finished command; 1 is a command that needed no retry.',
    labels,
    buckets: [1, 2, 3, 5, 8],
  },
  retries: {
    name: 'eventcore_command_retries_total',
    type: 'counter',
    help: 'Attempts that failed and were tried again, by the type of the error.',
    labels: [...labels, 'error_type'],
  },
  events: {
    name: 'eventcore_command_events',
    type: 'histogram',
    help: 'Events produced by a successful command whose handler says how many.',
    labels,
    buckets: [0, 1, 2, 5, 10, 20, 50, 100],
  },
} as const satisfies Record<string, MetricDefinition>;
