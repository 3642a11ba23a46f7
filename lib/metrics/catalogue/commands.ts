import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const labels = { command_type: 'open' } as const;
const needs = ['handler'] as const;

/** Command metrics, with one series per command. */
export const commandMetrics = {
  finished: {
    name: 'eventcore_commands_total',
    type: 'counter',
    help: 'Finished commands, with any outcome.',
    labels,
    needs,
    absentWhen: 'No command has finished.',
  },
  succeeded: {
    name: 'eventcore_commands_succeeded_total',
    type: 'counter',
    help: 'Commands that succeeded.',
    labels,
    needs,
    absentWhen: 'No command has succeeded.',
  },
  rejected: {
    name: 'eventcore_commands_rejected_total',
    type: 'counter',
    help: 'Commands rejected by a business rule.',
    labels,
    needs,
    absentWhen: 'No command has been rejected: see the option rejections.',
  },
  failed: {
    name: 'eventcore_command_errors_total',
    type: 'counter',
    help: 'Commands that failed.',
    labels,
    needs,
    absentWhen: 'No command has failed.',
  },
  duration: {
    name: 'eventcore_command_duration_seconds',
    type: 'histogram',
    help: 'Duration of commands, including retries.',
    unit: 'seconds',
    labels: { ...labels, outcome: 'closed' },
    buckets: durationBuckets,
    otelName: 'eventcore.commands.duration',
    needs,
    absentWhen: 'No command has finished.',
  },
  concurrent: {
    name: 'eventcore_commands_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Commands currently executing.',
    labels,
    needs,
    absentWhen: 'No command is executing.',
  },
  attempts: {
    name: 'eventcore_command_attempts',
    type: 'histogram',
    help: 'Attempts per finished command; 1 means no retry.',
    labels,
    buckets: [1, 2, 3, 5, 8],
    needs,
    absentWhen: 'No command has finished.',
  },
  retries: {
    name: 'eventcore_command_retries_total',
    type: 'counter',
    help: 'Failed command attempts that were retried, by error type.',
    labels: { ...labels, error_type: 'open' },
    needs,
    absentWhen: 'No command has reported a retry with currentObservation().retry().',
  },
  events: {
    name: 'eventcore_command_events',
    type: 'histogram',
    help: 'Events produced per successful command, for handlers that report the number.',
    labels,
    buckets: [0, 1, 2, 5, 10, 20, 50, 100],
    needs: [...needs, 'option events'],
    absentWhen: 'No command that reports its events has succeeded.',
  },
} as const satisfies Record<string, CatalogueMetric>;
