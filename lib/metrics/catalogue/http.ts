import { durationBuckets, type MetricDefinition } from '../definition/metric-definition.js';

/** Requests of clients: one series per route, never per path. */
export const httpMetrics = {
  requests: {
    name: 'eventcore_api_requests_total',
    type: 'counter',
    help: 'HTTP requests that ended, by method, route template and status; 499 is a client that left before the answer.',
    labels: ['method', 'endpoint', 'status'],
  },
  duration: {
    name: 'eventcore_request_duration_seconds',
    type: 'histogram',
    help: 'Time from an HTTP request to the end of its response, streams included.',
    unit: 'seconds',
    labels: ['method', 'endpoint'],
    buckets: durationBuckets,
  },
  concurrent: {
    name: 'eventcore_requests_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'HTTP requests being answered now.',
    labels: ['method'],
  },
} as const satisfies Record<string, MetricDefinition>;
