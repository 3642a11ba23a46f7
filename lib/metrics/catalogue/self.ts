import {
  CLOSED_SET,
  durationBuckets,
  type MetricDefinition,
} from '../definition/metric-definition.js';

const exporting = ['exporter', 'outcome'] as const;

/** The library about itself. */
export const selfMetrics = {
  faults: {
    name: 'eventcore_observability_errors_total',
    type: 'counter',
    help: 'Faults inside the observability library, by component; no handler ever saw one.',
    labels: ['component'],
    seriesLimit: CLOSED_SET,
  },
  series: {
    name: 'eventcore_observability_series',
    type: 'gauge',
    aggregation: 'max',
    help: 'Series kept per metric.',
    labels: ['metric'],
    seriesLimit: CLOSED_SET,
  },
  folded: {
    name: 'eventcore_observability_series_folded_total',
    type: 'counter',
    help: 'Look-ups of a series that the series limit of the metric turned to __other__.',
    labels: ['metric'],
    seriesLimit: CLOSED_SET,
  },
  exportDuration: {
    name: 'eventcore_observability_export_duration_seconds',
    type: 'histogram',
    help: 'Time that an export took; for Prometheus, the rendering of a scrape.',
    unit: 'seconds',
    labels: exporting,
    seriesLimit: CLOSED_SET,
    buckets: durationBuckets,
  },
  exports: {
    name: 'eventcore_observability_exports_total',
    type: 'counter',
    help: 'Exports by exporter and outcome.',
    labels: exporting,
    seriesLimit: CLOSED_SET,
  },
  build: {
    name: 'eventcore_build_info',
    type: 'gauge',
    aggregation: 'max',
    help: 'Always 1; the labels say which versions run.',
    labels: ['version', 'node_version'],
    seriesLimit: CLOSED_SET,
  },
} as const satisfies Record<string, MetricDefinition>;
