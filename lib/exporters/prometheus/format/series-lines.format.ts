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

/** Writes the numbers of all lines of some series; buckets are cumulative. */
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
