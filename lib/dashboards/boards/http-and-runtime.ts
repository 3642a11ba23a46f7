import { httpMetrics } from '../../metrics/catalogue/http.js';
import { connectionMetrics } from '../../metrics/catalogue/connections.js';
import { outboundMetrics } from '../../metrics/catalogue/integrations/outbound.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import { above } from '../alert-thresholds.js';
import type { Board, BoardRow } from '../board.js';
import { foreignMetrics } from '../foreign-metrics.js';
import { bars, graph, heatmap, stat } from '../panels.js';
import { countBy, heat, quantile, quantiles, rateBy, series, share, sumBy } from '../queries.js';
import { hostRow } from './host.js';

const route = 'endpoint=~"$endpoint"';
const broken = `${route}, status=~"5.."`;
const { requests, duration, concurrent } = httpMetrics;
// Other statuses have colours without a meaning.
const statusColors = {
  green: ['200', '201', '202', '204', '206', '301', '302', '304'],
  yellow: ['400', '401', '403', '404', '409', '422', '429', '499'],
  red: ['500', '502', '503', '504'],
};
const { cpu, memory, uptime, collections, activeResources } = systemMetrics;
const { eventLoopUtilization, eventLoopDelay, threads } = systemMetrics;

const now: BoardRow = {
  title: 'Requests and process now',
  panels: [
    stat('Requests: How many requests end per second?', 'per second', {
      requests: rateBy('', requests, route),
    }),
    stat(
      'Failed: What share of the requests is answered with 5xx?',
      { unit: 'ratio', threshold: above('HttpErrorRateHigh', 'ratio') },
      {
        failed: share(rateBy('', requests, broken), rateBy('', requests, route)),
      },
    ),
    stat(
      'p95 duration: How long do all but the slowest 5 % of the requests take?',
      { unit: 'seconds', threshold: above('HttpLatencyHigh', 'seconds') },
      {
        p95: quantile(0.95, ['', duration, route]),
      },
    ),
    stat('In progress: How many requests are in progress?', 'count', {
      'in progress': sumBy('', series(concurrent)),
    }),
    stat(
      'Busiest event loop: How busy is the event loop of the busiest process?',
      { unit: 'ratio', threshold: above('EventLoopSaturated', 'ratio') },
      {
        busy: `max(${series(eventLoopUtilization)})`,
      },
    ),
    stat('Shortest uptime: When did the last process start?', 'seconds', {
      uptime: `min(${series(uptime)})`,
    }),
  ],
};

const http: BoardRow = {
  title: 'HTTP',
  panels: [
    graph(
      '5xx share by endpoint: Which endpoint fails?',
      { unit: 'ratio', width: 12, threshold: above('HttpErrorRateHigh', 'ratio') },
      {
        '{{method}} {{endpoint}}': share(
          rateBy('method, endpoint', requests, broken),
          rateBy('method, endpoint', requests, route),
        ),
      },
    ),
    graph(
      'p95 duration by endpoint: Which endpoint is slow?',
      {
        unit: 'seconds',
        width: 12,
        exemplars: true,
        threshold: above('HttpLatencyHigh', 'seconds'),
      },
      { '{{method}} {{endpoint}}': quantile(0.95, ['method, endpoint', duration, route]) },
    ),
    graph('Requests by endpoint: Which endpoints are called?', 'per second', {
      '{{method}} {{endpoint}}': rateBy('method, endpoint', requests, route),
    }),
    graph(
      'Requests by status: How are requests answered? 499 means that the client left before the response.',
      {
        unit: 'per second',
        stacked: true,
        colors: statusColors,
      },
      { '{{status}}': rateBy('status', requests, route) },
    ),
    graph('In progress by method: Do requests pile up?', 'count', {
      '{{method}}': sumBy('method', series(concurrent)),
    }),
    graph(
      'Duration quantiles: How long do requests take? A point is one request with a trace.',
      { unit: 'seconds', exemplars: true },
      quantiles(duration, route),
    ),
    heatmap(
      'Duration of requests: Are there two groups of requests, a fast and a slow one?',
      'seconds',
      { '{{le}}': heat(duration, route) },
    ),
    bars('Rejected requests: Which requests were answered with 4xx in this time range?', 'count', {
      '{{status}} {{method}} {{endpoint}}': `topk(10, ${countBy('status, method, endpoint', requests, `${route}, status=~"4.."`)})`,
    }),
  ],
};

const outbound: BoardRow = {
  title: 'Connections and outbound requests',
  panels: [
    graph('Open connections: How many clients are connected, by protocol?', 'count', {
      '{{protocol}}': sumBy('protocol', series(connectionMetrics.active)),
    }),
    graph('New connections: How often do clients connect, and with which result?', 'per second', {
      '{{protocol}} {{result}}': rateBy('protocol, result', connectionMetrics.total),
    }),
    graph('Connection errors: Which errors do connections have?', 'per second', {
      '{{protocol}} {{error_type}}': rateBy('protocol, error_type', connectionMetrics.errors),
    }),
    graph(
      'Outbound requests by origin: Which services are called, and how do they answer?',
      'per second',
      { '{{host}} {{status}}': rateBy('host, status', outboundMetrics.requests) },
    ),
    graph(
      'Outbound failures by origin: What share of the requests to a service fails?',
      { unit: 'ratio', threshold: above('OutboundErrorRateHigh', 'ratio') },
      {
        '{{host}}': share(
          rateBy('host', outboundMetrics.requests, 'status=~"5..|error"'),
          rateBy('host', outboundMetrics.requests),
        ),
      },
    ),
    graph(
      'Outbound duration by origin: How long do 95 % of the requests take at most?',
      'seconds',
      { '{{host}}': quantile(0.95, ['host', outboundMetrics.duration]) },
    ),
  ],
};

const runtime: BoardRow = {
  title: 'Node.js process',
  panels: [
    graph(
      'Event loop utilization: Which process is saturated?',
      { unit: 'ratio', threshold: above('EventLoopSaturated', 'ratio') },
      {
        '{{instance}}': `max by (instance) (${series(eventLoopUtilization)})`,
      },
    ),
    graph(
      'Event loop delay: How long do timers and answers wait for the event loop? The worst process counts.',
      { unit: 'seconds', threshold: above('EventLoopDelayHigh', 'seconds') },
      { 'p{{quantile}}': `max by (quantile) (${series(eventLoopDelay)})` },
    ),
    graph('CPU: How many cores does each process use? 100 % is one core.', 'ratio', {
      '{{instance}}': `sum by (instance) (${series(cpu)})`,
    }),
    graph(
      'Memory by process: Does the resident memory of a process grow without end?',
      { unit: 'bytes', threshold: above('MemoryHigh', 'bytes') },
      {
        '{{instance}}': `sum by (instance) (${series(memory, 'component="rss"')})`,
      },
    ),
    graph('Memory by component: Which memory grows? rss contains the others.', 'bytes', {
      '{{component}}': sumBy('component', series(memory)),
    }),
    graph(
      'Time in garbage collection: What share of its time does a process spend in garbage collection?',
      { unit: 'ratio', threshold: above('GcPauseHigh', 'ratio') },
      { '{{instance}}': rateBy('instance', { name: `${collections.name}_sum` }) },
    ),
    graph(
      'Garbage collection pauses: How long are the pauses (p99), by kind of collection?',
      { unit: 'seconds', width: 6 },
      { '{{kind}}': quantile(0.99, ['kind', collections]) },
    ),
    graph(
      'Active resources: Do timers, sockets or requests leak?',
      { unit: 'count', width: 6 },
      {
        '{{type}}': sumBy('type', series(activeResources)),
      },
    ),
    graph(
      'Threads: Does a process start more and more threads?',
      { unit: 'count', width: 6 },
      {
        '{{instance}}': sumBy('instance', series(threads)),
      },
    ),
    graph(
      'Uptime: Which process restarts?',
      { unit: 'seconds', width: 6 },
      {
        '{{instance}}': `max by (instance) (${series(uptime)})`,
      },
    ),
  ],
};

/** HTTP requests, the Node.js process, and its host. */
export const httpAndRuntimeBoard: Board = {
  id: 'http-and-runtime',
  title: 'HTTP and runtime',
  description: 'HTTP requests by endpoint, event loop, memory and garbage collection.',
  variables: [
    {
      name: 'endpoint',
      title: 'Endpoint',
      values: { series: series(requests), label: 'endpoint' },
    },
    {
      name: 'node',
      title: 'Host',
      values: { series: foreignMetrics.nodeInfo.name, label: 'instance' },
    },
  ],
  rows: [now, http, outbound, runtime, hostRow],
};
