import type {
  ExpositionFormat,
  HeaderOptions,
  LaidOutMetric,
  MetricLayout,
} from './exposition-format.js';
import { formatNumber } from './sample.format.js';

/** Content type of the text format 0.0.4. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Text format 0.0.4.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export const prometheusText: ExpositionFormat = {
  contentType: TEXT_CONTENT_TYPE,
  hasExemplars: false,
  end: '',
  layoutOf,
  formatHeader: ({ name, help, type }: HeaderOptions) =>
    `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
  formatBound: formatNumber,
};

/**
 * Returns the layout of a metric. `_total` is reserved for counters and the label `quantile` for
 * summaries, so a gauge that uses either is written as untyped, which has the same meaning.
 */
function layoutOf({ name, help, type, labels = [] }: LaidOutMetric): MetricLayout {
  const isAmbiguous = name.endsWith('_total') || labels.includes('quantile');
  const shown = type === 'gauge' && isAmbiguous ? 'untyped' : type;
  return { header: { name, help, type: shown }, sampleName: name, createdName: undefined };
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (it) => (it === '\n' ? '\\n' : '\\\\'));
}
