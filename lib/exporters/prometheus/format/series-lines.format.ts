import type { SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { ExpositionFormat, LineName, MetricLayout } from './exposition-format.js';

/** The lines that every series of a block has, in their order. */
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

/** The number of one line of a series. */
export function lineValue(block: SeriesBlock, series: number, line: number): number {
  const { values, stride, bounds, createdAtMs } = block;
  const offset = series * stride;
  if (stride === 1) {
    return line === 0 ? (values[offset] as number) : (createdAtMs[series] as number) / 1000;
  }
  const sumLine = bounds.length + 1;
  if (line === sumLine) return values[offset + sumLine] as number;
  if (line === sumLine + 2) return (createdAtMs[series] as number) / 1000;
  let count = 0;
  const last = Math.min(line, bounds.length);
  for (let i = 0; i <= last; i++) count += values[offset + i] as number;
  return count;
}

/** The numbers of all lines of some series, as {@link lineValue} gives them. */
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
