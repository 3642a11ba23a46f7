import { selfMetrics } from '../../metrics/catalogue/self.js';
import { alert } from '../alert-definition.js';
import { increasedAbove } from '../expressions.js';

const { faults, folded, exports: allExports, build } = selfMetrics;
const exported = (outcome: string) => `${allExports.name}{exporter="otlp",outcome="${outcome}"}`;

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
    firing: { [`${faults.name}{component="labels"}`]: '0x25 30x5' },
    quiet: { [`${faults.name}{component="labels"}`]: '0x25 3x5' },
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
    firing: { [`${folded.name}{metric="shop_orders_total"}`]: '_x25 1x5' },
    quiet: { [`${folded.name}{metric="shop_orders_total"}`]: '0x30' },
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
    firing: { [exported('failure')]: '0+1x30', [exported('success')]: '0x30' },
    quiet: { [exported('failure')]: '0 1x30', [exported('success')]: '0+1x30' },
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
    firing: { scrape_duration_seconds: '7x30', [`${build.name}{version="1.0.0"}`]: '1x30' },
    quiet: {
      scrape_duration_seconds: '0.1x10 7 0.1x19',
      [`${build.name}{version="1.0.0"}`]: '1x30',
    },
    drill: 'The process blocks its event loop during scrapes.',
  }),
} as const;
