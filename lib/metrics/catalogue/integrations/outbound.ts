import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['outbound'] as const;

/** Metrics of HTTP requests that the process sends. */
export const outboundMetrics = {
  requests: {
    name: 'eventcore_outbound_requests_total',
    type: 'counter',
    help: 'HTTP requests that the process has sent, by origin and status; the status error is a request without a complete answer.',
    labels: { method: 'closed', host: 'open', status: 'closed' },
    needs,
    absentWhen: 'The process has sent no request.',
  },
  duration: {
    name: 'eventcore_outbound_request_duration_seconds',
    type: 'histogram',
    help: 'Duration of HTTP requests that the process sends, up to the end of the answer.',
    unit: 'seconds',
    labels: { method: 'closed', host: 'open' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'The process has sent no request.',
  },
} as const satisfies Record<string, CatalogueMetric>;
