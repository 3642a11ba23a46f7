import { meshMetrics } from '../../metrics/catalogue/plugins/mesh.js';
import type { Board } from '../board.js';
import { graph, stat } from '../panels.js';
import { quantile, rateBy, series, share } from '../queries.js';

const source = 'source=~"$source"';
const { requests, duration, received, sent, retries } = meshMetrics;
const failed = `${source}, status=~"5.."`;

/** Requests by the workloads of a service mesh. */
export const serviceMeshBoard: Board = {
  id: 'service-mesh',
  title: 'Service mesh',
  description: 'Requests by the workload that sent them, as the sidecars say.',
  variables: [
    { name: 'source', title: 'Source', values: { series: series(requests), label: 'source' } },
  ],
  rows: [
    {
      title: 'Callers now',
      panels: [
        stat(
          'Requests: How many requests per second come from these sources?',
          { unit: 'per second', width: 8, absent: 'no request' },
          { requests: rateBy('', requests, source) },
        ),
        stat(
          'Failed requests: What share of the requests is answered with 5xx?',
          { unit: 'ratio', width: 8, absent: 'no request' },
          { failed: share(rateBy('', requests, failed), rateBy('', requests, source)) },
        ),
        stat(
          'Retried requests: What share of the requests is a retry of a proxy?',
          { unit: 'ratio', width: 8, absent: 'no request' },
          { retried: share(rateBy('', retries, source), rateBy('', requests, source)) },
        ),
      ],
    },
    {
      title: 'Callers',
      panels: [
        graph(
          'Requests by source: Which workload sends how much?',
          { unit: 'per second', width: 12, absent: 'no request' },
          { '{{source}}': rateBy('source', requests, source) },
        ),
        graph(
          'Failures by source: Whose requests are answered with 5xx?',
          { unit: 'per second', width: 12, absent: 'no request has failed' },
          { '{{source}}': rateBy('source', requests, failed) },
        ),
        graph(
          'Duration by source: How long do 95 % of the requests take at most?',
          { unit: 'seconds', width: 12, absent: 'no request' },
          { '{{source}}': quantile(0.95, ['source', duration, source]) },
        ),
        graph(
          'Security: Which requests came through mutual TLS?',
          { unit: 'per second', width: 12, absent: 'no request' },
          { '{{security}}': rateBy('security', requests, source) },
        ),
        graph(
          'Retries by source: Whose requests does a proxy send again?',
          { unit: 'per second', width: 8, absent: 'no retry' },
          { '{{source}}': rateBy('source', retries, source) },
        ),
        graph(
          'Request bytes: How much does each workload send?',
          { unit: 'bytes per second', width: 8, absent: 'no request with a length' },
          { '{{source}}': rateBy('source', { name: `${received.name}_sum` }, source) },
        ),
        graph(
          'Response bytes: How much does each workload receive?',
          { unit: 'bytes per second', width: 8, absent: 'no response with a length' },
          { '{{source}}': rateBy('source', { name: `${sent.name}_sum` }, source) },
        ),
      ],
    },
  ],
};
