import {
  isExemplar,
  type MetricSample,
  type PromClientMetric,
} from '../../../metrics/aggregation/sampled-metric.js';
import {
  labelNamesOf,
  type MetricSnapshot,
  type SeriesBlock,
} from '../../../metrics/snapshot/snapshot.js';
import type { ExpositionFormat, HeaderOptions } from '../format/exposition-format.js';
import {
  escapeText,
  fillLineValues,
  formatHead,
  formatLabels,
  formatNumber,
  type Labels,
} from '../format/sample.format.js';

// Rendering this many lines takes a fraction of a millisecond, so the clock is checked between
// pieces only.
const LINES_PER_PIECE = 512;

/** Options for writing prom-client metrics. */
export interface PromClientWriting {
  readonly format: ExpositionFormat;
  readonly globalLabels: Labels;
  /** Returns true if another metric exposes the name. */
  isTaken(name: string): boolean;
  /** Reports an omitted metric or series. */
  report(fault: Error): void;
}

/** Writes a prom-client metric in the library's layout with the same global labels, in small pieces. */
export function* formatPromClient(
  metric: PromClientMetric,
  writing: PromClientWriting,
): Generator<string> {
  const { name, help, type, values } = metric;
  if (values.length === 0) return;
  const labels = values.some((it) => 'quantile' in it.labels) ? ['quantile'] : [];
  const { format } = writing;
  const { header } = format.layoutOf({ name, help, type, labels }, (it) => writing.isTaken(it));
  const written = mayRepeat(values) ? new Set<string>() : undefined;
  let text = format.formatHeader(header);
  for (const [i, sample] of values.entries()) {
    const head = headOf(name, sample, writing);
    if (written?.has(head)) writing.report(new Error(`prom-client has ${head}twice; left out`));
    else text += `${head}${formatNumber(sample.value)}${exemplarOf(sample, header, format)}\n`;
    written?.add(head);
    if ((i + 1) % LINES_PER_PIECE > 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/**
 * Returns true if two series may have the same text. An empty label equals a missing one, a global
 * label replaces a missing one, and invalid Unicode is indistinguishable.
 */
function mayRepeat(values: readonly MetricSample[]): boolean {
  const usual = labelCount(values[0]?.labels ?? {});
  return values.some(
    ({ labels }) =>
      labelCount(labels) !== usual ||
      Object.values(labels).some((it) => it === '' || !String(it).isWellFormed()),
  );
}

function labelCount(labels: MetricSample['labels']): number {
  const own = Object.keys(labels).length;
  return 'le' in labels || 'quantile' in labels ? own - 1 : own;
}

function headOf(
  name: string,
  { metricName = name, labels }: Omit<MetricSample, 'value'>,
  { globalLabels, format }: PromClientWriting,
): string {
  const all = { ...globalLabels, ...labels };
  const values = Object.entries(all).map(([label, it]) =>
    label === 'le' || label === 'quantile' ? boundText(it, format) : String(it).toWellFormed(),
  );
  const text = formatLabels(Object.keys(all), values);
  return formatHead({ name: metricName, label: '' }, text);
}

const LABEL_NAME = /^[a-zA-Z_]\w*$/;
// "The combined length of the label names and values of an Exemplar's LabelSet MUST NOT exceed 128 UTF-8 character code
// points": https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars
const MAX_EXEMPLAR_CHARACTERS = 128;

/** Formats an exemplar behind the number of a line; empty without one, and where OpenMetrics allows none. */
function exemplarOf(
  { metricName, exemplar }: MetricSample,
  { type }: HeaderOptions,
  { hasExemplars }: ExpositionFormat,
): string {
  if (!hasExemplars || !isExemplar(exemplar)) return '';
  if (type !== 'counter' && !(type === 'histogram' && metricName?.endsWith('_bucket'))) return '';
  const labels = Object.entries(exemplar.labelSet).flatMap(([name, it]) =>
    it === undefined || it === null || !LABEL_NAME.test(name)
      ? []
      : [[name, String(it).toWellFormed()] as const],
  );
  const characters = labels.reduce((sum, [name, it]) => sum + name.length + [...it].length, 0);
  if (characters > MAX_EXEMPLAR_CHARACTERS) return '';
  const text = labels.map(([name, it]) => `${name}="${escapeText(it)}"`).join(',');
  const { timestamp, value } = exemplar;
  const time = Number.isFinite(timestamp) ? ` ${(timestamp as number).toFixed(3)}` : '';
  return ` # {${text}} ${formatNumber(value)}${time}`;
}

function boundText(bound: string | number, format: ExpositionFormat): string {
  return typeof bound === 'number' ? format.formatBound(bound) : bound;
}

interface Line {
  readonly metricName?: string;
  readonly le?: number | string;
}

/** Returns the samples of a library metric in the form of `get()` of a prom-client metric, with the global labels. */
export function promClientSamples(
  { definition, blocks }: MetricSnapshot,
  globalLabels: Labels,
): MetricSample[] {
  const { name } = definition;
  return blocks.flatMap((block) => {
    const names = labelNamesOf(definition, block);
    const lines = linesOf(name, block);
    const count = block.labelSets.length;
    const numbers = new Float64Array(count * lines.length);
    fillLineValues(block, { first: 0, count, lines: lines.length }, numbers);
    return block.labelSets.flatMap((values, series) => {
      const own = names.map((label, i) => [label, values[i] ?? ''] as const);
      const all = Object.entries({ ...globalLabels, ...Object.fromEntries(own) });
      // An empty value equals a missing label.
      const labels = Object.fromEntries(all.filter(([, value]) => value !== ''));
      return lines.map(({ le, ...line }, index) => ({
        ...line,
        value: numbers[series * lines.length + index] as number,
        labels: le === undefined ? labels : { le, ...labels },
      }));
    });
  });
}

function linesOf(name: string, { bounds, stride }: SeriesBlock): Line[] {
  if (stride === 1) return [{}];
  const buckets = [...bounds, '+Inf'].map((le) => ({ metricName: `${name}_bucket`, le }));
  return [...buckets, { metricName: `${name}_sum` }, { metricName: `${name}_count` }];
}
