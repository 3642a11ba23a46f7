import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const needs = ['http metrics'] as const;

/** Requests of clients: one series per route, never per path. */
export const httpMetrics = {
  requests: {
    name: 'eventcore_api_requests_total',
    type: 'counter',
    help: 'HTTP requests that ended, by method, route template and status; 499 is a client that left before the answer.',
    labels: { method: 'closed', endpoint: 'open', status: 'closed' },
    needs,
    absentWhen: 'No request to an endpoint that is not excluded has ended.',
  },
  duration: {
    name: 'eventcore_request_duration_seconds',
    type: 'histogram',
    help: 'Time from an HTTP request to the end of its response, streams included.',
    unit: 'seconds',
    labels: { method: 'closed', endpoint: 'open' },
    buckets: durationBuckets,
    needs,
    absentWhen: 'No request to an endpoint that is not excluded has ended.',
  },
  concurrent: {
    name: 'eventcore_requests_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'HTTP requests being answered now.',
    labels: { method: 'closed' },
    needs,
    absentWhen: 'No request to an endpoint that is not excluded is being answered.',
  },
} as const satisfies Record<string, CatalogueMetric>;
