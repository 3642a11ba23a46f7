import type { CatalogueMetric } from './catalogue-metric.js';

const needs = ['http metrics'] as const;

/** Metrics of the connections to the server of the application. */
export const connectionMetrics = {
  active: {
    name: 'eventcore_connections_active',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Open connections to the server of the application, by protocol. A WebSocket counts as such, once.',
    labels: { protocol: 'closed' },
    needs,
    absentWhen: 'The application has no HTTP server.',
    zeroWhen: 'No client is connected.',
  },
  total: {
    name: 'eventcore_connections_total',
    type: 'counter',
    help: 'Connections to the server of the application, by protocol and result: accepted, refused (limit of connections), or failed (no TLS session).',
    labels: { protocol: 'closed', result: 'closed' },
    needs,
    absentWhen: 'No client has connected.',
  },
  errors: {
    name: 'eventcore_connection_errors_total',
    type: 'counter',
    help: 'Errors of connections to the server of the application, by error type.',
    labels: { protocol: 'closed', error_type: 'open' },
    needs,
    absentWhen: 'No connection has had an error.',
  },
} as const satisfies Record<string, CatalogueMetric>;
