import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSnapshot, RegistrySnapshot, SeriesBlock } from '../../metrics/snapshot.js';

/** Content type of the text format 0.0.4. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

/**
 * Writes a snapshot in the text format 0.0.4.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * @param globalLabels - Added to every series that has no label of that name.
 */
export function formatSnapshot({ metrics }: RegistrySnapshot, globalLabels: Labels): string {
  return metrics.map((it) => formatMetric(it, globalLabels)).join('');
}

/** The lines before the series of a metric. */
export function formatHeader({ name, help, type }: HeaderParts): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** What a header tells. */
export interface HeaderParts {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/**
 * The type that a gauge is written with: `_total` is reserved to counters and the label `quantile` to summaries, so a
 * gauge that uses either is written as untyped and means the same.
 */
export function gaugeType(name: string, labelNames: readonly string[]): string {
  return name.endsWith('_total') || labelNames.includes('quantile') ? 'untyped' : 'gauge';
}

/** Labels as they stand between the braces; empty values are left out, as they mean the same as no label. */
export function formatLabels(names: readonly string[], values: readonly string[]): string {
  let text = '';
  names.forEach((name, i) => {
    const value = values[i] ?? '';
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeLabel(value)}"`;
  });
  return text;
}

/** A sample value or bound. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** One line. */
export function formatSample(name: string, labels: string, value: number): string {
  return labels === ''
    ? `${name} ${formatNumber(value)}\n`
    : `${name}{${labels}} ${formatNumber(value)}\n`;
}

function formatMetric({ definition, blocks }: MetricSnapshot, globalLabels: Labels): string {
  if (blocks.every(({ labelSets }) => labelSets.length === 0)) return '';
  const { name, help, type, labels = [] } = definition;
  const header = { name, help, type: type === 'gauge' ? gaugeType(name, labels) : type };
  return (
    formatHeader(header) + blocks.map((it) => formatBlock(definition, it, globalLabels)).join('')
  );
}

function formatBlock(
  { name, type, labels: names = [] }: MetricDefinition,
  block: SeriesBlock,
  globalLabels: Labels,
): string {
  const inherited = Object.keys(globalLabels).filter((it) => !names.includes(it));
  const allNames = [...names, ...inherited];
  const inheritedValues = inherited.map((it) => globalLabels[it] ?? '');
  let text = '';
  block.labelSets.forEach((values, i) => {
    const labels = formatLabels(allNames, [...values, ...inheritedValues]);
    text +=
      type === 'histogram'
        ? formatHistogram({ name, labels }, block, i * block.stride)
        : formatSample(name, labels, block.values[i * block.stride] as number);
  });
  return text;
}

interface SeriesName {
  readonly name: string;
  readonly labels: string;
}

function formatHistogram({ name, labels }: SeriesName, block: SeriesBlock, offset: number): string {
  const { bounds, values } = block;
  const prefix = labels === '' ? '' : `${labels},`;
  let text = '';
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) {
    count += values[offset + i] as number;
    const le = formatNumber(bounds[i] ?? Infinity);
    text += `${name}_bucket{${prefix}le="${le}"} ${count}\n`;
  }
  const sum = values[offset + bounds.length + 1] as number;
  return (
    text + formatSample(`${name}_sum`, labels, sum) + formatSample(`${name}_count`, labels, count)
  );
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (it) => (it === '\n' ? '\\n' : '\\\\'));
}

function escapeLabel(text: string): string {
  return text.replace(/[\\\n"]/g, (it) => (it === '\n' ? '\\n' : `\\${it}`));
}
