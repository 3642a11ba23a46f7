import { alertMetrics } from '../../metrics/catalogue/plugins/alerts.js';
import { selfMetrics } from '../../metrics/catalogue/self.js';
import { alert } from '../alert-definition.js';
import { digits, ratioFires, ratioStaysQuiet, stays } from '../examples.js';
import { increasedAbove } from '../expressions.js';

const { faults, folded, exports: allExports, build } = selfMetrics;
const { evaluations, notifications } = alertMetrics;
const lost = `${notifications.name}{outcome!="success"}`;
const exported = (outcome: string) => `${allExports.name}{exporter="otlp",outcome="${outcome}"}`;
const evaluated = (outcome: string) => `${evaluations.name}{outcome="${outcome}"}`;

/** Alerts on the observation itself. */
export const telemetryAlerts = {
  TelemetryFaults: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {
      faults: {
        unit: 'count',
        default: 10,
        description: 'faults of one component within ten minutes that are tolerated',
      },
    },
    expr: ({ faults: tolerated }, { by }) =>
      increasedAbove(faults.name, by('component'), tolerated),
    labels: ['job', 'component'],
    summary: 'Faults of telemetry in {{ $labels.job }}: {{ $labels.component }}',
    description:
      'The library recorded about {{ $value | humanize }} faults of its own within ten minutes; {faults} are tolerated.',
    runbook: {
      means:
        'A part of the observation fails again and again: a label function, an exporter, a source of progress. A single time limit that is exceeded raises no alert. Handlers are not affected.',
      impact: 'Some metric, span or log line is missing or incomplete.',
      look: [
        '`diagnose().faults`: code, cause and remedy.',
        '`npx observability explain CODE`',
        'The log line of the fault, at most one a minute.',
      ],
      act: ['Follow the remedy of the code.'],
    },
    firing: ({ faults: tolerated }) => ({
      [`${faults.name}{component="labels"}`]: `0x25 ${digits(tolerated + 20)}x5`,
    }),
    quiet: ({ faults: tolerated }) => ({
      [`${faults.name}{component="labels"}`]: `0x25 ${digits(tolerated / 3)}x5`,
    }),
    drill: 'A source of progress fails.',
  }),
  SeriesFolded: alert({
    severity: 'warning',
    keepFiringFor: '10m',
    parameters: {
      lookups: {
        unit: 'count',
        default: 0,
        description: 'folded look-ups within ten minutes that are tolerated',
      },
    },
    expr: ({ lookups }, { by }) => increasedAbove(folded.name, by('metric'), lookups),
    labels: ['job', 'metric'],
    summary: '{{ $labels.metric }} of {{ $labels.job }} has too many series',
    description:
      'The limit of series is reached. About {{ $value | humanize }} records within ten minutes went to `__other__`.',
    runbook: {
      means:
        'A metric reached its series limit. Further label values are recorded together as `__other__`.',
      impact: 'New label values cannot be told apart; totals stay right.',
      look: ['The label whose values grow: an id, a path or a message in a label?'],
      act: [
        'Remove the label, or group its values with `cardinality.labels`.',
        'Raise `cardinality.seriesLimit` if all values matter.',
      ],
    },
    firing: ({ lookups }) => ({
      [`${folded.name}{metric="shop_orders_total"}`]: `_x25 ${digits(lookups + 1)}x5`,
    }),
    quiet: () => ({ [`${folded.name}{metric="shop_orders_total"}`]: '0x30' }),
    drill: 'A label has a new value with every call.',
  }),
  ExportFailing: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.5, description: 'failed exports per export' },
    },
    expr: ({ ratio }, { by }) =>
      `sum ${by('exporter')} (increase(${allExports.name}{outcome="failure"}[10m]))\n` +
      `  / sum ${by('exporter')} (increase(${allExports.name}[10m])) > ${ratio}`,
    labels: ['job', 'exporter'],
    summary: 'Exports of {{ $labels.job }} to {{ $labels.exporter }} fail',
    description: '{{ $value | humanizePercentage }} of the exports fail; the limit is {ratio}.',
    runbook: {
      means: 'More than {ratio} of the exports of one exporter have failed for minutes.',
      impact: 'Its target has gaps. Handlers are not affected.',
      look: ['`diagnose().faults`: the last error.', 'The collector: address, credentials, load.'],
      act: ['Restore the collector, or correct endpoint and credentials.'],
    },
    firing: ({ ratio }) =>
      ratioFires({ part: exported('failure'), rest: exported('success'), ratio, calls: 0 }),
    quiet: ({ ratio }) =>
      ratioStaysQuiet({ part: exported('failure'), rest: exported('success'), ratio, calls: 0 }),
    drill: 'The address of an exporter refuses connections.',
  }),
  ScrapeSlow: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: { seconds: { unit: 'seconds', default: 5, description: 'duration of a scrape' } },
    expr: ({ seconds }) =>
      `min_over_time(scrape_duration_seconds[5m]) > ${seconds}\nand on (job, instance) ${build.name}`,
    labels: ['job', 'instance'],
    summary: 'Scrapes of {{ $labels.job }} on {{ $labels.instance }} are slow',
    description: 'They take {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means:
        'No scrape within five minutes took less than {seconds}. At its time limit a scrape is lost.',
      impact: 'None yet. If scrapes are lost, every alert on the application is blind.',
      look: [
        'The number of series: `eventcore_observability_series`.',
        'Event loop delay of the application.',
      ],
      act: [
        'Lower the number of series.',
        'Serve metrics on a port of their own, `prometheus.port`.',
      ],
    },
    firing: ({ seconds }) => ({
      scrape_duration_seconds: stays(1.4 * seconds),
      [`${build.name}{version="1.0.0"}`]: '1x30',
    }),
    quiet: ({ seconds }) => ({
      scrape_duration_seconds: `${stays(seconds / 50, 10)} ${digits(1.4 * seconds)} ${stays(seconds / 50, 19)}`,
      [`${build.name}{version="1.0.0"}`]: '1x30',
    }),
    drill: 'The process blocks its event loop during scrapes.',
  }),
} as const;

/** Alerts on the engine that evaluates alerts in the application. A receiver that fails is reported through the others. */
export const engineAlerts = {
  AlertNotificationsLost: alert({
    severity: 'critical',
    keepFiringFor: '10m',
    parameters: {
      notifications: {
        unit: 'count',
        default: 0,
        description: 'lost notifications of one receiver within ten minutes that are tolerated',
      },
    },
    expr: ({ notifications: tolerated }, { by }) => increasedAbove(lost, by('receiver'), tolerated),
    labels: ['job', 'receiver'],
    summary: 'Alerts of {{ $labels.job }} do not reach {{ $labels.receiver }}',
    description:
      'The application gave up about {{ $value | humanize }} notifications to this receiver within ten minutes.',
    runbook: {
      means:
        'The receiver refused notifications, or did not take them until the next one of their group was due.',
      impact: 'Alerts fire and nobody is paged through this receiver.',
      look: [
        '`diagnose().faults`: the last answer of the receiver.',
        '`eventcore_alert_notifications_waiting`: notifications that are still tried.',
        '`npx observability alerts list`: the alerts that fire now.',
      ],
      act: [
        'Restore the receiver, or correct its address and credentials.',
        'Send alerts of severity `critical` to a second receiver as well.',
      ],
    },
    firing: ({ notifications: tolerated }) => ({
      [`${notifications.name}{receiver="slack",outcome="failure"}`]: `0x25 ${digits(tolerated + 1)}x5`,
    }),
    quiet: () => ({
      [`${notifications.name}{receiver="slack",outcome="failure"}`]: '0x30',
      [`${notifications.name}{receiver="slack",outcome="success"}`]: '0+1x30',
    }),
    drill: 'The server of a receiver refuses connections.',
  }),
  AlertEvaluationsFailing: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      ratio: {
        unit: 'ratio',
        default: 0.5,
        description: 'failed or skipped evaluations per evaluation',
      },
    },
    expr: ({ ratio }, { by }) =>
      `sum ${by()} (increase(${evaluations.name}{outcome!="success"}[10m]))\n` +
      `  / sum ${by()} (increase(${evaluations.name}[10m])) > ${ratio}`,
    labels: ['job'],
    summary: 'Alerts of {{ $labels.job }} are not evaluated',
    description:
      '{{ $value | humanizePercentage }} of the evaluations in the application fail or are skipped; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the evaluations failed because a rule failed, or were skipped because the one before still ran.',
      impact:
        'The rules that fail keep their last state: they neither fire nor resolve. Other rules are evaluated.',
      look: [
        '`npx observability alerts list`: the rules with an error.',
        '`diagnose().faults`: the error of a rule.',
        'Event loop delay of the application, if evaluations are skipped.',
      ],
      act: [
        'Correct the rule; `npx observability alerts test` shows its result.',
        'Evaluate fewer rules, or raise `intervalMs`, if evaluations are skipped.',
      ],
    },
    firing: ({ ratio }) =>
      ratioFires({ part: evaluated('failure'), rest: evaluated('success'), ratio, calls: 0 }),
    quiet: ({ ratio }) =>
      ratioStaysQuiet({ part: evaluated('failure'), rest: evaluated('success'), ratio, calls: 0 }),
    drill: 'A rule of the application joins series that have two partners.',
  }),
} as const;
