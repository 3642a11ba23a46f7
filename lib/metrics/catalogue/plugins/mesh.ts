import { durationBuckets } from '../../definition/metric-definition.js';
import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['http metrics', 'mesh'] as const;
const labels = { source: 'open', method: 'closed' } as const;
const absentWhen = 'No request to an included endpoint has finished.';
/** 64 bytes to 16 MiB. */
const buckets = Array.from({ length: 10 }, (_, i) => 64 * 4 ** i);

/** Metrics of requests by the workload that sent them, as the sidecar of a service mesh says. */
export const meshMetrics = {
  requests: {
    name: 'eventcore_mesh_requests_total',
    type: 'counter',
    help: 'Finished HTTP requests by source workload, method, status, and the security of the connection to the sidecar: mutual_tls or unknown.',
    labels: { ...labels, status: 'closed', security: 'closed' },
    needs,
    absentWhen,
  },
  duration: {
    name: 'eventcore_mesh_request_duration_seconds',
    type: 'histogram',
    help: 'Duration of HTTP requests up to the end of the response, by source workload.',
    unit: 'seconds',
    labels,
    buckets: durationBuckets,
    needs,
    absentWhen,
  },
  received: {
    name: 'eventcore_mesh_request_bytes',
    type: 'histogram',
    help: 'Size of the bodies of HTTP requests with a known length, by source workload.',
    unit: 'bytes',
    labels,
    buckets,
    needs,
    absentWhen: 'No request with a known length has finished.',
  },
  sent: {
    name: 'eventcore_mesh_response_bytes',
    type: 'histogram',
    help: 'Size of the bodies of HTTP responses with a known length, by source workload.',
    unit: 'bytes',
    labels,
    buckets,
    needs,
    absentWhen: 'No response with a known length has been sent.',
  },
  retries: {
    name: 'eventcore_mesh_retries_total',
    type: 'counter',
    help: 'HTTP requests that a proxy sent once more, by source workload. Envoy counts the attempts.',
    labels,
    needs,
    absentWhen: 'No request was the second or a later attempt of a proxy.',
  },
} as const satisfies Record<string, CatalogueMetric>;
