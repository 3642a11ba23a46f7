import { exposedNames } from '../../../metrics/definition/metric-definition.js';
import type {
  MetricSnapshot,
  RegistrySnapshot,
  SeriesBlock,
} from '../../../metrics/snapshot/snapshot.js';
import type {
  ExpositionFormat,
  HeaderOptions,
  LaidOutMetric,
  MetricLayout,
} from './exposition-format.js';
import {
  formatExemplar,
  formatHead,
  formatLabelNames,
  formatNumber,
  type Labels,
} from './sample.format.js';
import { lineNames, lineValue } from './series-lines.format.js';

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
 * Writes a snapshot at once.
 *
 * @param globalLabels - Added to every series that has no label of that name.
 * @param format - Which of the formats. @defaultValue text 0.0.4
 */
export function formatSnapshot(
  { metrics }: RegistrySnapshot,
  globalLabels: Labels,
  format: ExpositionFormat = prometheusText,
): string {
  const names = new Set(metrics.flatMap(({ definition }) => exposedNames(definition)));
  const isTaken = (name: string) => names.has(name);
  const texts = metrics.map((metric) => {
    const layout = format.layoutOf(metric.definition, isTaken);
    return formatMetric(metric, { format, layout, globalLabels });
  });
  return texts.join('') + format.end;
}

/**
 * The type that a gauge is written with: `_total` is reserved to counters and the label `quantile` to summaries, so a
 * gauge that uses either is written as untyped and means the same.
 */
function layoutOf({ name, help, type, labels = [] }: LaidOutMetric): MetricLayout {
  const isAmbiguous = name.endsWith('_total') || labels.includes('quantile');
  const shown = type === 'gauge' && isAmbiguous ? 'untyped' : type;
  return { header: { name, help, type: shown }, sampleName: name, createdName: undefined };
}

interface Writing {
  readonly format: ExpositionFormat;
  readonly layout: MetricLayout;
  readonly globalLabels: Labels;
}

function formatMetric({ definition, blocks }: MetricSnapshot, writing: Writing): string {
  if (blocks.every(({ labelSets }) => labelSets.length === 0)) return '';
  const { format, layout, globalLabels } = writing;
  const labelsOf = formatLabelNames(definition.labels ?? [], globalLabels);
  return (
    format.formatHeader(layout.header) +
    blocks.map((it) => formatBlock(it, writing, labelsOf)).join('')
  );
}

function formatBlock(
  block: SeriesBlock,
  { format, layout }: Writing,
  labelsOf: (values: readonly string[]) => string,
): string {
  const names = lineNames(block, layout, format);
  let text = '';
  block.labelSets.forEach((values, series) => {
    const labels = labelsOf(values);
    names.forEach((it, line) => {
      const number = formatNumber(lineValue(block, series, line));
      const isBucket = line <= block.bounds.length && block.stride > 1;
      const exemplar =
        format.hasExemplars && isBucket
          ? block.exemplars?.[series * block.stride + line]
          : undefined;
      text += `${formatHead(it, labels)}${number}${formatExemplar(exemplar)}\n`;
    });
  });
  return text;
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (it) => (it === '\n' ? '\\n' : '\\\\'));
}
