import type { Family, Place, Segment } from './chunk.js';
import { ByteReader, readColumn } from './column.format.js';

/** Segment whose columns are decoded when they are read. */
export class DecodedSegment implements Segment {
  readonly family: Family;
  readonly labelSets: readonly (readonly string[])[];
  readonly from: number;
  readonly rows: number;
  readonly #data: Uint8Array;
  /** The column read last. */
  #column: Float64Array | undefined;
  #offsets: Uint32Array | undefined;

  constructor(
    { family, labelSets, from, rows }: Pick<Segment, 'family' | 'labelSets' | 'from' | 'rows'>,
    data: Uint8Array,
  ) {
    this.family = family;
    this.labelSets = labelSets;
    this.from = from;
    this.rows = rows;
    this.#data = data;
  }

  /** {@inheritDoc Segment.addTo} */
  addTo(target: Float64Array, column: number, { row, count, at }: Place): void {
    this.#offsets ??= this.#readOffsets();
    const values = (this.#column ??= new Float64Array(this.rows));
    readColumn(new ByteReader(this.#data, this.#offsets[column]), values);
    for (let i = 0; i < count; i++) target[at + i]! += values[row + i]!;
  }

  #readOffsets(): Uint32Array {
    const offsets = new Uint32Array(this.labelSets.length * this.family.stride);
    const reader = new ByteReader(this.#data);
    let total = 0;
    for (let i = 0; i < offsets.length; i++) {
      offsets[i] = total;
      total += reader.unsigned();
    }
    return offsets.map((it) => it + reader.at);
  }
}
