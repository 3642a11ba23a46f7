import { exponentialDelta, type ExponentialSnapshot } from './exponential-snapshot.js';
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
  const earlier = new EarlierSeries(previous);
  const blocks = metric.blocks.map((block, i) => blockDelta(block, i, earlier));
  return snapshotOf(metric.definition, blocks);
}

function blockDelta(block: SeriesBlock, index: number, earlier: EarlierSeries): SeriesBlock {
  const { stride, labelSets } = block;
  const values = block.values.slice();
  const exponential = block.exponential?.slice();
  for (const [series, labels] of labelSets.entries()) {
    const place = earlier.find(labels, index, series);
    if (place === undefined) continue;
    for (let i = 0; i < stride; i++) {
      values[series * stride + i]! -= place.block.values[place.series * stride + i]!;
    }
    if (exponential) exponential[series] = exponentialSince(exponential[series]!, place);
  }
  return { ...block, values, exponential };
}

function exponentialSince(now: ExponentialSnapshot, { block, series }: Place): ExponentialSnapshot {
  const before = block.exponential?.[series];
  return (before && exponentialDelta(now, before)) ?? now;
}

/** Where the numbers of a series are. */
interface Place {
  readonly block: SeriesBlock;
  readonly series: number;
}

/** The series of a metric at an earlier time: the same series has the same array of label values. */
class EarlierSeries {
  readonly #blocks: readonly SeriesBlock[];
  #places: Map<readonly string[], Place> | undefined;

  constructor(blocks: readonly SeriesBlock[]) {
    this.#blocks = blocks;
  }

  /** @param index - Of its block now. @param series - Its place there; it keeps it as long as none is removed. */
  find(labels: readonly string[], index: number, series: number): Place | undefined {
    const block = this.#blocks[index];
    if (block?.labelSets[series] === labels) return { block, series };
    this.#places ??= new Map(
      this.#blocks.flatMap((block) =>
        block.labelSets.map((labels, series) => [labels, { block, series }] as const),
      ),
    );
    return this.#places.get(labels);
  }
}
