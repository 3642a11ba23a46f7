import type { MetricSnapshot, RegistrySnapshot, SeriesBlock } from './snapshot.js';
import { snapshotOf } from './snapshot.js';

/**
 * What happened between two snapshots: counters and histograms hold the differences, gauges their value now. A series
 * that is new, or that began anew, has counted from 0.
 *
 * @param previous - `undefined` stands for the time before anything was counted.
 */
export function snapshotDelta(
  current: RegistrySnapshot,
  previous: RegistrySnapshot | undefined,
): RegistrySnapshot {
  if (previous === undefined) return current;
  const before = new Map(previous.metrics.map((it) => [it.definition.name, it.blocks]));
  const metrics = current.metrics.map((it) => metricDelta(it, before.get(it.definition.name)));
  return { takenAtMs: current.takenAtMs, metrics };
}

function metricDelta(
  metric: MetricSnapshot,
  previous: readonly SeriesBlock[] | undefined,
): MetricSnapshot {
  if (previous === undefined || metric.definition.type === 'gauge') return metric;
  const blocks = metric.blocks.map((block) => {
    const before = previous.find((it) => sameBounds(it.bounds, block.bounds));
    return before === undefined ? block : blockDelta(block, before);
  });
  return snapshotOf(metric.definition, blocks);
}

function sameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((it, i) => it === other[i]);
}

function blockDelta(block: SeriesBlock, before: SeriesBlock): SeriesBlock {
  const { stride, labelSets } = block;
  const values = block.values.slice();
  const find = finder(block, before);
  for (let series = 0; series < labelSets.length; series++) {
    const earlier = find(series);
    if (earlier === undefined || restarted(block, series, [before, earlier])) continue;
    for (let i = 0; i < stride; i++) {
      values[series * stride + i]! -= before.values[earlier * stride + i]!;
    }
  }
  return { ...block, values };
}

/** Series keep their place as long as none is removed; the others are looked up by their labels. */
function finder(block: SeriesBlock, before: SeriesBlock): (series: number) => number | undefined {
  let byLabels: Map<string, number> | undefined;
  return (series) => {
    const labels = block.labelSets[series];
    if (before.labelSets[series] === labels) return series;
    byLabels ??= new Map(before.labelSets.map((it, i) => [JSON.stringify(it), i]));
    return byLabels.get(JSON.stringify(labels));
  };
}

/** Counts never fall: one that did belongs to another series of the same labels. The sum of a histogram may fall. */
function restarted(
  { values, stride }: SeriesBlock,
  series: number,
  [before, earlier]: readonly [SeriesBlock, number],
): boolean {
  const counts = Math.max(1, stride - 1);
  for (let i = 0; i < counts; i++) {
    if (values[series * stride + i]! < before.values[earlier * stride + i]!) return true;
  }
  return false;
}
