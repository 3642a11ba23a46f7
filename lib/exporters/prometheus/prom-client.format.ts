import type { ExpositionFormat } from './exposition-format.js';
import { formatHead, formatLabels, formatNumber, type Labels } from './sample.format.js';

// Written in a fraction of a millisecond: what is between two looks at the clock.
const LINES_PER_PIECE = 512;

/** A metric as `getMetricsAsJSON` of prom-client gives it. */
export interface PromClientMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PromClientSample[];
}

/** A sample as `getMetricsAsJSON` of prom-client gives it. */
export interface PromClientSample {
  readonly value: number;
  /** Name of the sample where it is not that of the metric: `x_bucket`. */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** How metrics of prom-client are written. */
export interface PromClientWriting {
  readonly format: ExpositionFormat;
  readonly globalLabels: Labels;
  /** Whether another metric exposes that name. */
  isTaken(name: string): boolean;
}

/** Writes a metric of prom-client as ours are written, with the same global labels, in pieces that take no time. */
export function* formatPromClient(
  metric: PromClientMetric,
  writing: PromClientWriting,
): Generator<string> {
  const { name, help, type, values } = metric;
  if (values.length === 0) return;
  const labels = Object.keys(values[0]?.labels ?? {});
  const { format } = writing;
  const { header } = format.layoutOf({ name, help, type, labels }, (it) => writing.isTaken(it));
  let text = format.formatHeader(header);
  for (const [i, value] of values.entries()) {
    text += formatValue(name, value, writing);
    if ((i + 1) % LINES_PER_PIECE > 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function formatValue(
  name: string,
  { value, metricName = name, labels }: PromClientSample,
  { globalLabels, format }: PromClientWriting,
): string {
  const all = { ...globalLabels, ...labels };
  const values = Object.entries(all).map(([label, it]) =>
    label === 'le' || label === 'quantile' ? boundText(it, format) : String(it),
  );
  const text = formatLabels(Object.keys(all), values);
  return `${formatHead({ name: metricName, label: '' }, text)}${formatNumber(value)}\n`;
}

function boundText(bound: string | number, format: ExpositionFormat): string {
  return typeof bound === 'number' ? format.formatBound(bound) : bound;
}
