import { exponentialDelta, type ExponentialSnapshot } from './exponential-snapshot.js';
import type { MetricSnapshot, RegistrySnapshot, SeriesBlock } from './snapshot.js';
import { snapshotOf } from './snapshot.js';

/**
 * Returns the change between two snapshots: the differences of counters and histograms, and the current values of
 * gauges. A new or restarted series counts from 0.
 *
 * @param previous - `undefined` for the start of the application.
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

/** Location of a series in a snapshot. */
interface Place {
  readonly block: SeriesBlock;
  readonly series: number;
}

/** Series of a metric in the earlier snapshot, identified by their label value arrays. */
class EarlierSeries {
  readonly #blocks: readonly SeriesBlock[];
  #places: Map<readonly string[], Place> | undefined;

  constructor(blocks: readonly SeriesBlock[]) {
    this.#blocks = blocks;
  }

  /**
   * Finds the earlier values of a series.
   *
   * @param index - Index of its current block.
   * @param series - Index in that block, which is unchanged unless a series was removed.
   */
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
