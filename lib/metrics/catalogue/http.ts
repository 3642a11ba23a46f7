import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const needs = ['http metrics'] as const;

/** HTTP request metrics, with one series per route and never per path. */
export const httpMetrics = {
  requests: {
    name: 'eventcore_api_requests_total',
    type: 'counter',
    help: 'Finished HTTP requests by method, route template and status; 499 means that the client disconnected before the response.',
    labels: { method: 'closed', endpoint: 'open', status: 'closed' },
    needs,
    absentWhen: 'No request to an included endpoint has finished.',
  },
  duration: {
    name: 'eventcore_request_duration_seconds',
    type: 'histogram',
    help: 'Duration of HTTP requests up to the end of the response, including streams.',
    unit: 'seconds',
    labels: { method: 'closed', endpoint: 'open' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'No request to an included endpoint has finished.',
  },
  concurrent: {
    name: 'eventcore_requests_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'HTTP requests currently in progress.',
    labels: { method: 'closed' },
    needs,
    absentWhen: 'No request to an included endpoint is in progress.',
  },
} as const satisfies Record<string, CatalogueMetric>;
