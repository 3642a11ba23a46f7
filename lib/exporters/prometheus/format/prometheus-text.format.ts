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
 * The text format 0.0.4.
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
 * The type that a gauge is written with: `_total` is reserved to counters and the label `quantile` to summaries, so a
 * gauge that uses either is written as untyped and means the same.
 */
function layoutOf({ name, help, type, labels = [] }: LaidOutMetric): MetricLayout {
  const isAmbiguous = name.endsWith('_total') || labels.includes('quantile');
  const shown = type === 'gauge' && isAmbiguous ? 'untyped' : type;
  return { header: { name, help, type: shown }, sampleName: name, createdName: undefined };
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (it) => (it === '\n' ? '\\n' : '\\\\'));
}
