import { httpMetrics } from '../../metrics/catalogue/http.js';
import { alert } from '../alert-definition.js';
import { observations, ratioFires, ratioStaysQuiet } from '../examples.js';
import { minimumCalls, p95Above, ratioAbove } from '../expressions.js';

const { requests, duration } = httpMetrics;
const label = 'endpoint';
const labels = ['job', label];
const of = '{{ $labels.endpoint }} of {{ $labels.job }}';
const answered = (status: number) =>
  `${requests.name}{method="GET",endpoint="/orders/:id",status="${status}"}`;
const observed = (from: number, to: number, calls: number) =>
  observations(duration.name, 'method="GET",endpoint="/orders/:id"', { from, to, calls });

/** Alerts on HTTP requests. */
export const httpAlerts = {
  HttpErrorRateHigh: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: {
        unit: 'ratio',
        default: 0.05,
        description: 'answers with a status from 500 on per request',
      },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: `${requests.name}{status=~"5.."}`,
        whole: requests.name,
        by: by(label),
        above: ratio,
        calls,
      }),
    labels,
    summary: `${of} answers with errors`,
    description:
      '{{ $value | humanizePercentage }} of the requests are answered with 5xx; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the requests to one endpoint have been answered with a status from 500 on for five minutes.',
      impact: 'Users see errors.',
      look: [
        `The status: \`sum by (status) (rate(${requests.name}[5m]))\`. 503 is a dependency or the drain, 500 a fault of the code.`,
        'Alerts on commands and queries: they name the handler.',
      ],
      act: ['Roll the last deployment back.', 'Restore the dependency.'],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: answered(500), rest: answered(200), ratio, calls }),
    quiet: ({ ratio, calls }) => ({
      ...ratioStaysQuiet({ part: answered(503), rest: answered(200), ratio, calls }),
      [answered(404)]: '0+50x30',
    }),
    drill: 'Most commands lose their connection to the database.',
  }),
  HttpLatencyHigh: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 2, description: '95th percentile of the duration' },
      calls: minimumCalls,
    },
    expr: ({ seconds, calls }, { by }) =>
      p95Above({ histogram: duration.name, by, label, above: seconds, calls }),
    labels,
    summary: `${of} is slow`,
    description:
      'One of 20 requests takes longer than {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means:
        'The 95th percentile of one endpoint has been above {seconds} for ten minutes. Exclude event streams with `http.exclude`: they last as long as the client wants.',
      impact: 'Users wait.',
      look: [
        'The slowest traces of the endpoint.',
        'Alerts on commands, queries and the event loop: which is slow as well?',
      ],
      act: ['Relieve what is slow.', 'Add instances if the event loop is busy.'],
    },
    firing: ({ seconds, calls }) => observed(1.25 * seconds, 2.5 * seconds, calls),
    quiet: ({ seconds, calls }) => observed(seconds / 20, seconds / 8, calls),
    drill: 'The database answers slowly.',
  }),
  HttpClientsLeaving: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      ratio: {
        unit: 'ratio',
        default: 0.1,
        description: 'requests whose client went away per request',
      },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: `${requests.name}{status="499"}`,
        whole: requests.name,
        by: by(label),
        above: ratio,
        calls,
      }),
    labels,
    summary: `Clients do not wait for ${of}`,
    description:
      'In {{ $value | humanizePercentage }} of the requests the client goes away before the answer; the limit is {ratio}.',
    runbook: {
      means:
        'Clients end more than {ratio} of the connections of one endpoint before the answer (status 499).',
      impact: 'Users or proxies give up: the answers come too late for them.',
      look: ['Latency of the endpoint against the time limits of clients and proxies.'],
      act: ['Make the endpoint faster, or lengthen the time limit of the proxy.'],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: answered(499), rest: answered(200), ratio, calls }),
    quiet: ({ ratio, calls }) =>
      ratioStaysQuiet({ part: answered(499), rest: answered(200), ratio, calls }),
    drill: 'A client gives up after 50 ms.',
  }),
} as const;
