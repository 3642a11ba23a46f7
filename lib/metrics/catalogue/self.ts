import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const exporting = { exporter: 'closed', outcome: 'closed' } as const;

/** The library about itself. */
export const selfMetrics = {
  faults: {
    name: 'eventcore_observability_errors_total',
    type: 'counter',
    help: 'Faults inside the observability library, by component; no handler ever saw one.',
    labels: { component: 'closed' },
    absentWhen: 'No fault has occurred inside the library.',
  },
  series: {
    name: 'eventcore_observability_series',
    type: 'gauge',
    aggregation: 'max',
    help: 'Series kept per metric.',
    labels: { metric: 'closed' },
    absentWhen: 'No metric keeps a series.',
  },
  folded: {
    name: 'eventcore_observability_series_folded_total',
    type: 'counter',
    help: 'Look-ups of a series that the series limit of the metric turned to __other__.',
    labels: { metric: 'closed' },
    absentWhen: 'No look-up of a series has exceeded a limit.',
  },
  exportDuration: {
    name: 'eventcore_observability_export_duration_seconds',
    type: 'histogram',
    help: 'Time that an export took; for Prometheus, the rendering of a scrape.',
    unit: 'seconds',
    labels: exporting,
    buckets: durationBuckets,
    absentWhen: 'No export has ended.',
  },
  exports: {
    name: 'eventcore_observability_exports_total',
    type: 'counter',
    help: 'Exports by exporter and outcome.',
    labels: exporting,
    absentWhen: 'No export has ended.',
  },
  build: {
    name: 'eventcore_build_info',
    type: 'gauge',
    aggregation: 'max',
    help: 'Always 1; the labels say which versions run.',
    labels: { version: 'closed', node_version: 'closed' },
    absentWhen: 'The versions could not be recorded: see faults.',
  },
} as const satisfies Record<string, CatalogueMetric>;
