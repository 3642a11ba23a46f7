import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import {
  labelNamesOf,
  type MetricSnapshot,
  type SeriesBlock,
} from '../../metrics/snapshot/snapshot.js';
import type { Chunk, Family, Place, Segment } from './chunk.js';

const GROWTH = 1.5;
const NUMBER_BYTES = 8;
const SEGMENT_BYTES = 250;
const LABEL_SET_BYTES = 48;
const LABEL_BYTES = 40;

/** Segment that grows tick by tick: one row of values each. */
class GrowingSegment implements Segment {
  readonly family: Family;
  readonly labelSets: readonly (readonly string[])[];
  readonly from: number;
  readonly bounds: readonly number[];
  rows = 0;
  #values: Float64Array;
  readonly #width: number;

  constructor(family: Family, { labelSets, bounds }: SeriesBlock, from: number) {
    this.family = family;
    this.labelSets = labelSets;
    this.from = from;
    this.bounds = bounds;
    this.#width = labelSets.length * family.stride;
    this.#values = new Float64Array(this.#width);
  }

  /** True when a block continues this segment at a tick. */
  continuesWith({ labelSets, bounds, stride }: SeriesBlock, tick: number): boolean {
    return (
      labelSets === this.labelSets &&
      this.from + this.rows === tick &&
      stride === this.family.stride &&
      bounds === this.bounds
    );
  }

  /** Bytes of the values, with room for further ones. */
  get bytes(): number {
    return this.#values.length * NUMBER_BYTES;
  }

  append(values: Readonly<Float64Array>): void {
    const at = this.rows * this.#width;
    if (at === this.#values.length) {
      const grown = new Float64Array(Math.ceil(this.rows * GROWTH) * this.#width);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(values, at);
    this.rows++;
  }

  /** {@inheritDoc Segment.addTo} */
  addTo(target: Float64Array, column: number, { row, count, at }: Place): void {
    const values = this.#values;
    const width = this.#width;
    let from = row * width + column;
    for (let i = at; i < at + count; i++) {
      target[i]! += values[from]!;
      from += width;
    }
  }
}

/** Chunk that is being recorded. */
export class OpenChunk {
  readonly #accepts: (definition: MetricDefinition) => boolean;
  readonly #times: number[] = [];
  readonly #segments: GrowingSegment[] = [];
  /** Last segment of each block of a metric. */
  readonly #last = new Map<MetricDefinition, GrowingSegment[]>();
  #bytes = 0;
  /** Number of values. */
  samples = 0;

  /** @param accepts - Returns true for a metric to record. */
  constructor(accepts: (definition: MetricDefinition) => boolean) {
    this.#accepts = accepts;
  }

  /** Number of ticks. */
  get ticks(): number {
    return this.#times.length;
  }

  get fromMs(): number {
    return this.#times[0] ?? 0;
  }

  get toMs(): number {
    return this.#times.at(-1) ?? 0;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes + this.#times.length * NUMBER_BYTES;
  }

  /** Records the values of all metrics at a time after the last one. */
  record(atMs: number, metrics: readonly MetricSnapshot[]): void {
    const tick = this.#times.length;
    this.#times.push(atMs);
    for (const metric of metrics) {
      if (!this.#accepts(metric.definition)) continue;
      for (const [i, block] of metric.blocks.entries()) {
        if (block.labelSets.length === 0) continue;
        const segment = this.#segmentOf(metric.definition, { block, i, tick });
        this.#bytes -= segment.bytes;
        segment.append(block.values);
        this.#bytes += segment.bytes;
        this.samples += block.values.length;
      }
    }
  }

  /** Returns the chunk as it is now; later ticks do not appear in it. */
  chunk(): Chunk {
    const segments = this.#segments.map((it) => ({
      family: it.family,
      labelSets: it.labelSets,
      from: it.from,
      rows: it.rows,
      addTo: it.addTo.bind(it),
    }));
    return { times: Float64Array.from(this.#times), segments };
  }

  #segmentOf(
    definition: MetricDefinition,
    { block, i, tick }: { readonly block: SeriesBlock; readonly i: number; readonly tick: number },
  ): GrowingSegment {
    const last = this.#last.get(definition) ?? [];
    const known = last[i];
    if (known?.continuesWith(block, tick)) return known;
    const segment = new GrowingSegment(familyOf(definition, block), block, tick);
    this.#bytes += SEGMENT_BYTES + segment.bytes + newLabelBytes(block, known?.labelSets);
    this.#segments.push(segment);
    last[i] = segment;
    this.#last.set(definition, last);
    return segment;
  }
}

function familyOf(definition: MetricDefinition, block: SeriesBlock): Family {
  const { name, type, help, unit } = definition;
  const { bounds, stride } = block;
  return { name, type, help, unit, labels: labelNamesOf(definition, block), bounds, stride };
}

/** Bytes of a list of label sets, and of those in it that the list before did not have. */
function newLabelBytes(
  { labelSets }: SeriesBlock,
  before: readonly (readonly string[])[] = [],
): number {
  let bytes = labelSets.length * NUMBER_BYTES;
  for (let i = 0; i < labelSets.length; i++) {
    const labels = labelSets[i]!;
    if (labels !== before[i]) bytes += LABEL_SET_BYTES + labels.length * LABEL_BYTES;
  }
  return bytes;
}
