import { durationBuckets } from '../definition/metric-definition.js';
import type { CatalogueMetric } from './catalogue-metric.js';

const exporting = { exporter: 'closed', outcome: 'closed' } as const;

/** Library internals. */
export const selfMetrics = {
  faults: {
    name: 'eventcore_observability_errors_total',
    type: 'counter',
    help: 'Internal faults of the observability library, by component; they never affect handlers.',
    labels: { component: 'closed' },
    absentWhen: 'No fault has occurred inside the library.',
  },
  series: {
    name: 'eventcore_observability_series',
    type: 'gauge',
    aggregation: 'max',
    help: 'Number of series per metric that has had one.',
    labels: { metric: 'closed' },
    absentWhen: 'No metric has a series.',
  },
  folded: {
    name: 'eventcore_observability_series_folded_total',
    type: 'counter',
    help: 'Series lookups that a cardinality limit redirected to __other__, by metric.',
    labels: { metric: 'closed' },
    absentWhen: 'No series lookup has exceeded a limit.',
  },
  exportDuration: {
    name: 'eventcore_observability_export_duration_seconds',
    type: 'histogram',
    help: 'Duration of exports; for Prometheus, the rendering time of a scrape.',
    unit: 'seconds',
    labels: exporting,
    buckets: durationBuckets,
    absentWhen: 'No export has ended.',
  },
  exports: {
    name: 'eventcore_observability_exports_total',
    type: 'counter',
    help: 'Finished exports by exporter and outcome.',
    labels: exporting,
    absentWhen: 'No export has ended.',
  },
  build: {
    name: 'eventcore_build_info',
    type: 'gauge',
    aggregation: 'max',
    help: 'Always 1; the labels contain the library and Node.js versions.',
    labels: { version: 'closed', node_version: 'closed' },
    absentWhen: 'The versions could not be recorded: see faults.',
  },
} as const satisfies Record<string, CatalogueMetric>;
