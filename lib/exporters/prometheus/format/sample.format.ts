import type { Exemplar, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { ExpositionFormat, LineName, MetricLayout } from './exposition-format.js';

/** Labels by name. */
export type Labels = Readonly<Record<string, string>>;

/** Formats labels without the braces. Empty values are omitted, because an empty label equals a missing one. */
export function formatLabels(names: readonly string[], values: readonly string[]): string {
  let text = '';
  names.forEach((name, i) => {
    const value = values[i] ?? '';
    if (value !== '') text += `${text === '' ? '' : ','}${name}="${escapeText(value)}"`;
  });
  return text;
}

/**
 * Returns a function that formats the label values of a series, without the braces.
 *
 * @param globalLabels - Added unless the metric has a label of the same name.
 */
export function formatLabelNames(
  names: readonly string[],
  globalLabels: Labels,
): (values: readonly string[]) => string {
  const inherited = Object.keys(globalLabels).filter((it) => !names.includes(it));
  const rest = formatLabels(
    inherited,
    inherited.map((it) => globalLabels[it] ?? ''),
  );
  return (values) => joinLabels(formatLabels(names, values), rest);
}

/** Formats the beginning of a line, up to its number. */
export function formatHead({ name, label }: LineName, labels: string): string {
  const all = joinLabels(labels, label);
  return all === '' ? `${name} ` : `${name}{${all}} `;
}

/** Formats a sample value or bound. */
export function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/** Escapes text between quotation marks. */
export function escapeText(text: string): string {
  return text.replace(/[\\\n"]/g, (it) => (it === '\n' ? '\\n' : `\\${it}`));
}

function joinLabels(first: string, second: string): string {
  if (first === '') return second;
  return second === '' ? first : `${first},${second}`;
}

const HEX_IDS = /^[0-9a-f]{1,32} [0-9a-f]{1,16}$/;

/**
 * Formats an exemplar behind the number of a line; empty without one or with invalid ids. The
 * labels take 63 of the 128 permitted characters.
 * Source:
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md#exemplars
 */
export function formatExemplar(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { traceId, spanId, value, atMs } = exemplar;
  if (!HEX_IDS.test(`${traceId} ${spanId}`)) return '';
  const seconds = (atMs / 1000).toFixed(3);
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${formatNumber(value)} ${seconds}`;
}

/** Returns the lines of each series of a block, in order. */
export function lineNames(
  { bounds, stride }: Pick<SeriesBlock, 'bounds' | 'stride'>,
  { sampleName: name, createdName }: MetricLayout,
  format: ExpositionFormat,
): LineName[] {
  const created = createdName === undefined ? [] : [{ name: createdName, label: '' }];
  if (stride === 1) return [{ name, label: '' }, ...created];
  const buckets = [...bounds, Infinity].map((bound) => ({
    name: `${name}_bucket`,
    label: `le="${format.formatBound(bound)}"`,
  }));
  const sum = { name: `${name}_sum`, label: '' };
  return [...buckets, sum, { name: `${name}_count`, label: '' }, ...created];
}

/** Writes the numbers of all lines of some series. Buckets are cumulative. */
export function fillLineValues(
  block: SeriesBlock,
  {
    first,
    count,
    lines,
  }: { readonly first: number; readonly count: number; readonly lines: number },
  target: Float64Array,
): void {
  const { values, stride, bounds, createdAtMs } = block;
  if (lines === 1) {
    target.set(values.subarray(first, first + count));
    return;
  }
  let to = 0;
  for (let series = first; series < first + count; series++) {
    const offset = series * stride;
    if (stride === 1) target[to++] = values[offset] as number;
    else {
      let sum = 0;
      for (let i = 0; i <= bounds.length; i++) {
        sum += values[offset + i] as number;
        target[to++] = sum;
      }
      target[to++] = values[offset + bounds.length + 1] as number;
      target[to++] = sum;
    }
    if (to % lines !== 0) target[to++] = (createdAtMs[series] as number) / 1000;
  }
}
