import { outboundMetrics } from '../../metrics/catalogue/integrations/outbound.js';
import { alert } from '../alert-definition.js';
import { ratioFires, ratioStaysQuiet } from '../examples.js';
import { minimumCalls, ratioAbove } from '../expressions.js';

const { requests } = outboundMetrics;
const host = 'host="https://payments.example"';
const ended = (status: string) => `${requests.name}{method="POST",${host},status="${status}"}`;

/** Alerts on requests that the application sends. */
export const outboundAlerts = {
  OutboundErrorRateHigh: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: {
        unit: 'ratio',
        default: 0.1,
        description: 'requests without an answer, or with a status from 500 on, per request',
      },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({
        part: `${requests.name}{status=~"5..|error"}`,
        whole: requests.name,
        by: by('host'),
        above: ratio,
        calls,
      }),
    labels: ['job', 'host'],
    summary: '{{ $labels.host }} does not answer {{ $labels.job }}',
    description:
      '{{ $value | humanizePercentage }} of the requests to {{ $labels.host }} fail; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the requests to one origin have had no answer, or one with a status from 500 on, for five minutes.',
      impact: 'Handlers that need the other service fail or wait.',
      look: [
        `The status: \`sum by (status) (rate(${requests.name}[5m]))\`. \`error\` is a broken connection, a time limit or a failed look-up of the name.`,
        'Alerts on commands and queries: they name the handlers that fail with it.',
      ],
      act: ['Tell those who run the other service.', 'Switch off what needs it.'],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: ended('error'), rest: ended('200'), ratio, calls }),
    quiet: ({ ratio, calls }) => ({
      ...ratioStaysQuiet({ part: ended('503'), rest: ended('200'), ratio, calls }),
      [ended('404')]: '0+50x30',
    }),
    drill: 'Another service breaks its connections.',
  }),
} as const;
