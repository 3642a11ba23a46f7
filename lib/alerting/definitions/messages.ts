import { messageMetrics } from '../../metrics/catalogue/integrations/messages.js';
import { graphqlMetrics } from '../../metrics/catalogue/integrations/graphql.js';
import { alert } from '../alert-definition.js';
import { ratioFires, ratioStaysQuiet } from '../examples.js';
import { minimumCalls, ratioAbove } from '../expressions.js';

const { finished } = messageMetrics;
const labels = ['transport', 'pattern', 'side'] as const;
const one = 'transport="redis",pattern="orders.placed",side="server"';
const ended = (outcome: string) => `${finished.name}{${one},outcome="${outcome}"}`;

/** Alerts on messages. */
export const messageAlerts = {
  MessageErrorRateHigh: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'ratio of failed to finished messages' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: `${finished.name}{outcome="failure"}`,
        whole: finished.name,
        by: by(...labels),
        above: ratio,
        calls,
      }),
    labels: ['job', ...labels],
    summary: 'Messages {{ $labels.pattern }} over {{ $labels.transport }} fail',
    description:
      '{{ $value | humanizePercentage }} of the messages {{ $labels.pattern }} fail on the side of the {{ $labels.side }}; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the messages of one pattern have failed for five minutes. Rejections do not count.',
      impact: 'Requests of other services fail, and events are lost or delivered again.',
      look: [
        'The side: `client` cannot reach the server or received its failure, `server` failed itself.',
        'The error types: `sum by (error_type) (increase(eventcore_errors_total{source="message"}[5m]))`.',
        'Traces of the pattern: the span `process` of the server below the span `send` of the client.',
      ],
      act: [
        'Restore the broker or the service that the error types name.',
        'Roll the last deployment back.',
      ],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: ended('failure'), rest: ended('success'), ratio, calls }),
    quiet: ({ ratio, calls }) => ({
      ...ratioStaysQuiet({ part: ended('failure'), rest: ended('success'), ratio, calls }),
      [ended('rejected')]: '0+50x30',
    }),
    drill: 'Most messages lose their connection to the database.',
  }),
} as const;

const { operations } = graphqlMetrics;
const operationLabels = ['operation_type', 'operation'] as const;
const resolved = (outcome: string) =>
  `${operations.name}{operation_type="query",operation="Orders",outcome="${outcome}"}`;

/** Alerts on GraphQL operations. */
export const graphqlAlerts = {
  GraphqlErrorRateHigh: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'ratio of failed to ended operations' },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: `${operations.name}{outcome="failure"}`,
        whole: operations.name,
        by: by(...operationLabels),
        above: ratio,
        calls,
      }),
    labels: ['job', ...operationLabels],
    summary: 'GraphQL {{ $labels.operation_type }} {{ $labels.operation }} fails',
    description: '{{ $value | humanizePercentage }} of the operations fail; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the operations of one name have had a failed field for five minutes. Faults of the client do not count.',
      impact: 'Clients miss data, although the requests are answered with 200.',
      look: [
        'The error types: `sum by (error_type) (increase(eventcore_errors_total{source="message"}[5m]))`.',
        'Alerts on queries and commands: they name the handler.',
      ],
      act: ['Restore the dependency that the error types name.', 'Roll the last deployment back.'],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: resolved('failure'), rest: resolved('success'), ratio, calls }),
    quiet: ({ ratio, calls }) => ({
      ...ratioStaysQuiet({ part: resolved('failure'), rest: resolved('success'), ratio, calls }),
      [resolved('rejected')]: '0+50x30',
    }),
    drill: 'A resolver loses its connection to the database.',
  }),
} as const;
