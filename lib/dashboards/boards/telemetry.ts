import { clusterMetrics } from '../../metrics/catalogue/cluster.js';
import { alertMetrics } from '../../metrics/catalogue/plugins/alerts.js';
import { historyMetrics } from '../../metrics/catalogue/plugins/history.js';
import { logMetrics } from '../../metrics/catalogue/plugins/logs.js';
import { selfMetrics } from '../../metrics/catalogue/self.js';
import { above } from '../alert-thresholds.js';
import type { Board, BoardRow } from '../board.js';
import { foreignMetrics } from '../foreign-metrics.js';
import { bars, graph, stat, table, timeline } from '../panels.js';
import { countBy, outcomeColors, quantile, rateBy, series, share, sumBy } from '../queries.js';

const exporter = 'exporter=~"$exporter"';
const {
  faults,
  series: seriesCount,
  folded,
  exportDuration,
  exports: allExports,
  build,
} = selfMetrics;
const { scrapeDuration, scrapeSamples, up } = foreignMetrics;

const now: BoardRow = {
  title: 'Telemetry now',
  panels: [
    stat(
      'Instances up: How many instances does Prometheus reach?',
      { unit: 'count', threshold: { at: 1, bad: 'below' } },
      { up: sumBy('', series(up)) },
    ),
    stat(
      'Library faults: How many faults did the library report about itself in this time range?',
      'count',
      { faults: countBy('', faults) },
    ),
    stat(
      'Failed exports: What share of the exports fails?',
      { unit: 'ratio', threshold: above('ExportFailing', 'ratio') },
      {
        failed: share(
          rateBy('', allExports, `${exporter}, outcome!="success"`),
          rateBy('', allExports, exporter),
        ),
      },
    ),
    stat('Series: How many series does the library have?', 'count', {
      series: sumBy('', series(seriesCount)),
    }),
    stat(
      'Folded series: How many label sets did a limit fold into __other__ in this time range?',
      { unit: 'count', threshold: { at: 1, bad: 'above' } },
      { folded: countBy('', folded) },
    ),
    stat(
      'Lost log lines: How many log lines did sinks give up in this time range?',
      { unit: 'count', threshold: { at: 1, bad: 'above' }, absent: 'no log lines' },
      { lost: countBy('', logMetrics.dropped) },
    ),
  ],
};

const exporting: BoardRow = {
  title: 'Scrapes, exports and faults',
  panels: [
    graph(
      'Faults by component: Which part of the library has a fault? The service itself is not affected.',
      'per second',
      { '{{component}}': rateBy('component', faults) },
    ),
    graph(
      'Exports by outcome: Do exports succeed?',
      { unit: 'per second', colors: outcomeColors },
      { '{{outcome}}': rateBy('outcome', allExports, exporter) },
    ),
    graph('p95 duration of exports: Which exporter is slow?', 'seconds', {
      '{{exporter}}': quantile(0.95, ['exporter', exportDuration, exporter]),
    }),
    graph(
      'Duration of scrapes: How long does Prometheus wait for a page? It must be shorter than its time limit.',
      { unit: 'seconds', threshold: above('ScrapeSlow', 'seconds') },
      { '{{instance}}': `max by (instance) (${series(scrapeDuration)})` },
    ),
    graph('Samples per scrape: How large are the pages?', 'count', {
      '{{instance}}': `max by (instance) (${series(scrapeSamples)})`,
    }),
    timeline(
      'Reachable instances: Which instance did Prometheus not reach, and when?',
      {
        unit: 'state',
        states: [
          { value: 1, text: 'up', color: 'green' },
          { value: 0, text: 'down', color: 'red' },
        ],
      },
      { '{{instance}}': `min by (instance) (${series(up)})` },
    ),
  ],
};

const cardinality: BoardRow = {
  title: 'Series and log lines',
  panels: [
    bars('Metrics with most series: Which metric makes the page large?', 'count', {
      '{{metric}}': `topk(10, max by (metric) (${series(seriesCount)}))`,
    }),
    graph('Folded series by metric: Which metric has reached its limit of series?', 'per second', {
      '{{metric}}': rateBy('metric', folded),
    }),
    graph('Number of series: Does the number of series grow?', 'count', {
      '{{instance}}': sumBy('instance', series(seriesCount)),
    }),
    graph(
      'Log lines by level: How much does the service log?',
      {
        unit: 'per second',
        stacked: true,
        colors: { red: ['error', 'fatal'], yellow: ['warn'] },
        absent: 'no log lines',
      },
      { '{{level}}': rateBy('level', logMetrics.lines) },
    ),
    graph(
      'Lost log lines by sink: Which sink loses lines, and why?',
      { unit: 'per second', absent: 'no sinks' },
      { '{{sink}} {{reason}}': rateBy('sink, reason', logMetrics.dropped) },
    ),
    graph(
      'Waiting log lines by sink: Which sink is too slow?',
      { unit: 'bytes', absent: 'no sinks', threshold: above('LogSinkBacklog', 'bytes') },
      { '{{sink}}': sumBy('sink', series(logMetrics.buffered)) },
    ),
  ],
};

const recorded: BoardRow = {
  title: 'Metric history',
  panels: [
    graph(
      'Memory of the metric history: Does it reach its limit?',
      { unit: 'bytes', absent: 'no history' },
      { '{{instance}}': sumBy('instance', series(historyMetrics.bytes)) },
    ),
    graph(
      'Samples of the metric history: How much can queries read?',
      { unit: 'count', absent: 'no history' },
      { '{{instance}}': sumBy('instance', series(historyMetrics.samples)) },
    ),
    graph(
      'Lost samples of the metric history: Is a limit too low, or a file damaged?',
      { unit: 'per second', absent: 'no history' },
      { '{{instance}}': rateBy('instance', historyMetrics.dropped) },
    ),
  ],
};

const alerted: BoardRow = {
  title: 'Alerts in the application',
  panels: [
    graph(
      'Alerts by state: Which alerts are pending or firing in the application?',
      { unit: 'count', absent: 'no alerts' },
      { '{{alertname}} {{state}}': sumBy('alertname, state', series(alertMetrics.alerts)) },
    ),
    graph(
      'Evaluations and notifications by outcome: Do the rules work, and do notifications arrive?',
      { unit: 'per second', absent: 'no alerts' },
      {
        'evaluations {{outcome}}': rateBy('outcome', alertMetrics.evaluations),
        '{{receiver}} {{outcome}}': rateBy('receiver, outcome', alertMetrics.notifications),
      },
    ),
    graph(
      'Waiting notifications by receiver: Which receiver is down?',
      { unit: 'count', absent: 'no receivers' },
      { '{{receiver}}': sumBy('receiver', series(alertMetrics.waiting)) },
    ),
  ],
};

const members: BoardRow = {
  title: 'Workers and versions',
  panels: [
    graph(
      'Workers by state: How many workers or threads answer the one that collects their metrics?',
      { unit: 'count', absent: 'no workers' },
      { '{{state}}': sumBy('state', series(clusterMetrics.members)) },
    ),
    bars(
      'Ended workers: How many workers ended in this time range? The last counts of abrupt ends are old.',
      { unit: 'count', absent: 'no workers' },
      { '{{end}}': countBy('end', clusterMetrics.ended) },
    ),
    table('Versions: Which versions of the library and of Node.js run?', 'count', {
      instances: `count by (version, node_version) (${series(build)})`,
    }),
  ],
};

/** The library about itself: scrapes, exports, faults, series, log lines, workers. */
export const telemetryBoard: Board = {
  id: 'telemetry',
  title: 'Telemetry itself',
  description:
    'Scrapes, exports, faults of the library, series, log lines, history, alerts and workers.',
  variables: [
    {
      name: 'exporter',
      title: 'Exporter',
      values: { series: series(allExports), label: 'exporter' },
    },
  ],
  rows: [now, exporting, cardinality, recorded, alerted, members],
};
