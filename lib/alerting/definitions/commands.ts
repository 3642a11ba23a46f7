import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { queryMetrics } from '../../metrics/catalogue/queries.js';
import { alert } from '../alert-definition.js';
import { enough, grows, ratioFires, ratioStaysQuiet } from '../examples.js';
import { minimumCalls, ratioAbove } from '../expressions.js';
import { errorRateAlert, latencyAlert, stuckAlert } from './calls.js';

const { finished, rejected, retries } = commandMetrics;
const label = 'command_type';
const commands = {
  kind: 'command',
  plural: 'commands',
  label,
  handler: 'PlaceOrder',
  metrics: commandMetrics,
  impact: 'Users see errors, and what they asked for is not done.',
};
const placed = `${finished.name}{command_type="PlaceOrder"}`;
const retried = `${retries.name}{command_type="PlaceOrder",error_type="ECONNRESET"}`;
const refused = { part: `${rejected.name}{command_type="PlaceOrder"}`, whole: placed };

/** Alerts on commands. */
export const commandAlerts = {
  CommandErrorRateHigh: errorRateAlert(commands),
  CommandLatencyHigh: latencyAlert(commands),
  CommandsStuck: stuckAlert(commands),
  CommandRejectionRateHigh: alert({
    severity: 'info',
    for: '15m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.8, description: 'rejected commands per finished one' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({ part: rejected.name, whole: finished.name, by: by(label), above: ratio, calls }),
    labels: ['job', label],
    summary: '{{ $labels.command_type }} of {{ $labels.job }} is mostly rejected',
    description:
      'A business rule rejects {{ $value | humanizePercentage }} of the commands {{ $labels.command_type }}; the limit is {ratio}.',
    runbook: {
      means:
        'A business rule has rejected more than {ratio} of the commands of one type for 15 minutes.',
      impact:
        'The application does what it is written to do, but many users do not get what they want.',
      look: [
        'Log lines of the command with the outcome `rejected`.',
        'A client that sends wrong commands; a projection that lags, so that rules judge old data.',
      ],
      act: ['Tell the owner of the client or of the rule.'],
    },
    firing: ({ ratio, calls }) => ratioFires({ ...refused, ratio, calls }),
    quiet: ({ ratio, calls }) => ratioStaysQuiet({ ...refused, ratio, calls }),
    drill: 'A client sends commands that a rule forbids.',
  }),
  CommandRetryStorm: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'count', default: 0.5, description: 'retries per finished command' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({ part: retries.name, whole: finished.name, by: by(label), above: ratio, calls }),
    labels: ['job', label],
    summary: '{{ $labels.command_type }} of {{ $labels.job }} is retried often',
    description:
      'There are {{ $value | humanize }} retries per command {{ $labels.command_type }}; the limit is {ratio}.',
    runbook: {
      means:
        'Commands of one type need more than {ratio} retries each on average. Errors may still be rare, because retries hide them.',
      impact: 'Load multiplies and latency rises. The next fault fails commands for good.',
      look: [
        `The reasons: \`sum by (error_type) (rate(${retries.name}[5m]))\`.`,
        'Version conflicts: several writers of one stream.',
      ],
      act: [
        'Remove the cause that the error type names.',
        'Lengthen the pause between attempts, or lower their number.',
      ],
    },
    firing: ({ ratio, calls }) => ({
      [placed]: grows(enough(calls)),
      [retried]: grows(enough(calls) * (ratio + 0.5), 1),
    }),
    quiet: ({ ratio, calls }) => ({
      [placed]: grows(enough(calls)),
      [retried]: grows(enough(calls) * (ratio / 5), 1),
    }),
    drill: 'Most commands need a second attempt.',
  }),
} as const;

const queries = {
  kind: 'query',
  plural: 'queries',
  label: 'query_type',
  handler: 'GetOrder',
  metrics: queryMetrics,
  impact: 'Users see errors in place of their data. Nothing is lost.',
};

/** Alerts on queries. */
export const queryAlerts = {
  QueryErrorRateHigh: errorRateAlert(queries),
  QueryLatencyHigh: latencyAlert(queries),
  QueriesStuck: stuckAlert(queries),
} as const;
