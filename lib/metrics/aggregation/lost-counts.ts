import type { MetricSnapshot, SeriesBlock } from '../snapshot/snapshot.js';
import { keyIn, sameBounds } from './series-layout.js';

/**
 * Returns counts that are in the previous snapshot of a process but no longer in its current one, because the process
 * removed or restarted the series. The aggregate retains them. Counters never decrease, so a lower count belongs to a
 * new series with the same labels.
 *
 * @param current - `undefined` when the process no longer has the metric.
 */
export function lostCounts(
  previous: MetricSnapshot,
  current: MetricSnapshot | undefined,
): readonly SeriesBlock[] {
  if (previous.definition.type === 'gauge') return [];
  const find = finder(current?.blocks ?? []);
  return previous.blocks.flatMap((block) => {
    const same = current?.blocks.find(({ labelSets }) => labelSets === block.labelSets);
    const lost = block.labelSets.flatMap((labels, series) => {
      const now: Found | undefined = same === undefined ? find(block, labels) : [same, series];
      return now !== undefined && continues(block, series, now) ? [] : [series];
    });
    return lost.length === 0 ? [] : [seriesOf(block, lost)];
  });
}

type Found = readonly [block: SeriesBlock, series: number];

type Find = (block: SeriesBlock, labels: readonly string[]) => Found | undefined;

function finder(blocks: readonly SeriesBlock[]): Find {
  let byKey: Map<string, Found> | undefined;
  return (before, labels) => {
    byKey ??= new Map(
      blocks.flatMap((block) =>
        block.labelSets.map((it, i) => [keyIn(block, it), [block, i]] as const),
      ),
    );
    return byKey.get(keyIn(before, labels));
  };
}

function continues(before: SeriesBlock, series: number, [now, at]: Found): boolean {
  if (!sameBounds(before.bounds, now.bounds)) return false;
  if ((now.createdAtMs[at] as number) > (before.createdAtMs[series] as number)) return false;
  const { stride } = before;
  // The sum of a histogram may decrease.
  const counts = Math.max(1, stride - 1);
  for (let i = 0; i < counts; i++) {
    const count = now.values[at * stride + i] as number;
    if (count < (before.values[series * stride + i] as number)) return false;
  }
  return true;
}

/** Returns a block with the selected series only. */
function seriesOf(block: SeriesBlock, wanted: readonly number[]): SeriesBlock {
  const { labels, labelSets, createdAtMs, values, stride, bounds, exemplars } = block;
  const indices = wanted.flatMap((it) => Array.from({ length: stride }, (_, i) => it * stride + i));
  return {
    ...(labels && { labels }),
    labelSets: wanted.map((it) => labelSets[it] as readonly string[]),
    createdAtMs: Float64Array.from(wanted, (it) => createdAtMs[it] as number),
    values: Float64Array.from(indices, (it) => values[it] as number),
    stride,
    bounds,
    exemplars: exemplars && indices.map((it) => exemplars[it]),
  };
}
