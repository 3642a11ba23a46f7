import { messageMetrics, websocketMetrics } from '../../metrics/catalogue/integrations/messages.js';
import { graphqlMetrics } from '../../metrics/catalogue/integrations/graphql.js';
import type { Board } from '../board.js';
import { graph, stat } from '../panels.js';
import { quantile, rateBy, series, share, sumBy } from '../queries.js';

const transport = 'transport=~"$transport"';
const pattern = 'transport, pattern, side';
const operation = '{{operation_type}} {{operation}}';
const legend = '{{transport}} {{pattern}} {{side}}';
const { finished, duration, concurrent } = messageMetrics;
const { connections } = websocketMetrics;
const failed = `${transport}, outcome="failure"`;

/** Messages of microservices, gateways and events. */
export const messagesBoard: Board = {
  id: 'messages',
  title: 'Messages',
  description: 'Messages of microservices, WebSocket gateways and event listeners.',
  variables: [
    {
      name: 'transport',
      title: 'Transport',
      values: { series: series(finished), label: 'transport' },
    },
  ],
  rows: [
    {
      title: 'Messages now',
      panels: [
        stat(
          'Messages: How many messages per second end?',
          { unit: 'per second', width: 8, absent: 'no message' },
          { messages: rateBy('', finished, transport) },
        ),
        stat(
          'Failed messages: What share of the messages fails?',
          { unit: 'ratio', width: 8, absent: 'no message' },
          { failed: share(rateBy('', finished, failed), rateBy('', finished, transport)) },
        ),
        stat(
          'Connected clients: How many clients are connected to gateways?',
          { unit: 'count', width: 8, absent: 'no gateway' },
          { connections: sumBy('', series(connections)) },
        ),
      ],
    },
    {
      title: 'Messages by pattern',
      panels: [
        graph(
          'Rate by pattern: Which messages arrive and leave?',
          { unit: 'per second', width: 12, absent: 'no message' },
          { [legend]: rateBy(pattern, finished, transport) },
        ),
        graph(
          'Failures by pattern: Which messages fail?',
          { unit: 'per second', width: 12, absent: 'no message' },
          { [legend]: rateBy(pattern, finished, failed) },
        ),
        graph(
          'Rejections by pattern: Which messages are refused?',
          { unit: 'per second', width: 12, absent: 'no message' },
          { [legend]: rateBy(pattern, finished, `${transport}, outcome="rejected"`) },
        ),
        graph(
          'Duration by pattern: How long do 95 % of the messages take at most?',
          { unit: 'seconds', width: 12, absent: 'no message' },
          { [legend]: quantile(0.95, [pattern, duration, transport]) },
        ),
        graph(
          'Messages in progress: How many messages are handled at the same time?',
          { unit: 'count', width: 12, absent: 'no message' },
          { [legend]: sumBy(pattern, series(concurrent, transport)) },
        ),
        graph(
          'Connections by namespace: How many clients are connected?',
          { unit: 'count', width: 12, absent: 'no gateway' },
          { '{{namespace}}': sumBy('namespace', series(connections)) },
        ),
      ],
    },
    {
      title: 'GraphQL',
      panels: [
        graph(
          'Operations by name: Which GraphQL operations run?',
          { unit: 'per second', width: 8, absent: 'no GraphQL operation' },
          { [operation]: rateBy('operation_type, operation', graphqlMetrics.operations) },
        ),
        graph(
          'Failed operations by name: Which GraphQL operations fail?',
          { unit: 'per second', width: 8, absent: 'no GraphQL operation' },
          {
            [operation]: rateBy(
              'operation_type, operation',
              graphqlMetrics.operations,
              'outcome="failure"',
            ),
          },
        ),
        graph(
          'Duration by operation: How long do 95 % of the operations take at most?',
          { unit: 'seconds', width: 8, absent: 'no GraphQL operation' },
          {
            [operation]: quantile(0.95, ['operation_type, operation', graphqlMetrics.duration]),
          },
        ),
      ],
    },
  ],
};
