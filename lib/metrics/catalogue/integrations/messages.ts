import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const labels = { transport: 'closed', pattern: 'open', side: 'closed' } as const;
const needs = ['messages'] as const;
const absentWhen = 'No message has been handled or sent.';

/** Metrics of messages, with one series per declared or sent pattern. */
export const messageMetrics = {
  finished: {
    name: 'eventcore_messages_total',
    type: 'counter',
    help: 'Finished messages by outcome: handled by the server side, or sent and answered on the client side.',
    labels: { ...labels, outcome: 'closed' },
    needs,
    absentWhen,
  },
  duration: {
    name: 'eventcore_message_duration_seconds',
    type: 'histogram',
    help: 'Duration of messages: on the server side with guards and interceptors, on the client side up to the last answer.',
    unit: 'seconds',
    labels,
    buckets: durationBuckets,
    needs,
    absentWhen,
  },
  concurrent: {
    name: 'eventcore_messages_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Messages currently in progress.',
    labels,
    needs,
    absentWhen: 'No message is in progress.',
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Metrics of WebSocket gateways beside those of their messages. */
export const websocketMetrics = {
  connections: {
    name: 'eventcore_websocket_connections',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Open connections to WebSocket gateways, by namespace of Socket.IO or path of ws.',
    labels: { namespace: 'open' },
    needs: ['websocket gateway'],
    absentWhen: 'No client has connected to a gateway.',
    zeroWhen: 'No client is connected.',
  },
} as const satisfies Record<string, CatalogueMetric>;
