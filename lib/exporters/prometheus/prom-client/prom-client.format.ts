import type {
  MetricSample,
  PromClientMetric,
} from '../../../metrics/aggregation/sampled-metric.js';
import type { MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { ExpositionFormat } from '../format/exposition-format.js';
import {
  fillLineValues,
  formatHead,
  formatLabels,
  formatNumber,
  type Labels,
} from '../format/sample.format.js';

// Written in a fraction of a millisecond: what is between two looks at the clock.
const LINES_PER_PIECE = 512;

/** How metrics of prom-client are written. */
export interface PromClientWriting {
  readonly format: ExpositionFormat;
  readonly globalLabels: Labels;
  /** Whether another metric exposes that name. */
  isTaken(name: string): boolean;
  /** Takes what was left out. */
  report(fault: Error): void;
}

/** Writes a metric of prom-client as ours are written, with the same global labels, in pieces that take no time. */
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
  for (const [i, { value, ...series }] of values.entries()) {
    const head = headOf(name, series, writing);
    if (written?.has(head)) writing.report(new Error(`prom-client has ${head}twice; left out`));
    else text += `${head}${formatNumber(value)}\n`;
    written?.add(head);
    if ((i + 1) % LINES_PER_PIECE > 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/**
 * Whether two series may read the same: an empty label means the same as none, a global one stands in for one that is
 * missing, and what is no Unicode cannot be told apart.
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

function boundText(bound: string | number, format: ExpositionFormat): string {
  return typeof bound === 'number' ? format.formatBound(bound) : bound;
}

interface Line {
  readonly metricName?: string;
  readonly le?: number | string;
}

/** The samples of one of our metrics as `get()` of a prom-client metric gives them, with the global labels. */
export function promClientSamples(
  { definition, blocks }: MetricSnapshot,
  globalLabels: Labels,
): MetricSample[] {
  const { name, labels: names = [] } = definition;
  return blocks.flatMap((block) => {
    const lines = linesOf(name, block);
    const count = block.labelSets.length;
    const numbers = new Float64Array(count * lines.length);
    fillLineValues(block, { first: 0, count, lines: lines.length }, numbers);
    return block.labelSets.flatMap((values, series) => {
      const own = names.map((label, i) => [label, values[i] ?? ''] as const);
      const all = Object.entries({ ...globalLabels, ...Object.fromEntries(own) });
      // An empty value means the same as no label.
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
