import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { alert } from '../alert-definition.js';

const { finished, failed } = commandMetrics;
const type = 'command_type';
const minimumCalls = {
  unit: 'count',
  default: 20,
  description: 'number of calls in the window below which the ratio is not judged',
} as const;

/** Alerts on commands. */
export const commandAlerts = {
  CommandErrorRateHigh: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'ratio of failed to finished commands' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      `(sum ${by(type)} (rate(${failed.name}[5m])) / sum ${by(type)} (rate(${finished.name}[5m]))) > ${ratio} ` +
      `and (sum ${by(type)} (increase(${finished.name}[5m])) >= ${calls})`,
    labels: [type],
    summary: 'Command {{ $labels.command_type }} fails',
    description:
      '{{ $value | humanizePercentage }} of the {{ $labels.command_type }} commands of {{ $labels.job }} fail; the limit is {ratio}.',
    runbook: {
      means: `More than {ratio} of the commands of one type ended with an error for five minutes, at {calls} commands or more in five minutes. Rejections by a business rule are not errors.`,
      impact: 'Users see errors, and what they asked for is not done.',
      look: [
        `The error types: \`sum by (error_type, category) (increase(eventcore_errors_total{source="command"}[5m]))\`.`,
        'Traces and log lines of the command with the outcome `failure`.',
        'Alerts on the event store, on pools and on circuit breakers: a dependency that is down fails every command.',
        'The last deployment.',
      ],
      act: [
        'Roll the last deployment back if the failures began with it.',
        'Restore the dependency that the error types name.',
        'Register an error that is a business rule as a rejection: option `rejections`.',
      ],
    },
    firing: {
      [`${finished.name}{command_type="PlaceOrder"}`]: '0+60x30',
      [`${failed.name}{command_type="PlaceOrder"}`]: '0+6x30',
    },
    quiet: {
      // One failure of one command in five minutes.
      [`${finished.name}{command_type="PlaceOrder"}`]: '0+1x30',
      [`${failed.name}{command_type="PlaceOrder"}`]: '0+1x30',
    },
    drill: 'A tenth of the commands lose their connection to the database.',
  }),
} as const;
