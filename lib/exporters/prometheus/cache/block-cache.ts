import type { SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import { type BlockWriting, ChunkCache } from './chunk-cache.js';

// Written in a fraction of a millisecond: what is between two looks at the clock.
const LINES_PER_CHUNK = 512;

type LabelSets = readonly (readonly string[])[];

/** The text of the series of a block, in chunks; series that are gone take their text with them. */
export class BlockCache {
  readonly #writing: BlockWriting;
  readonly #chunkSize: number;
  #labelSets: LabelSets = [];
  #chunks: ChunkCache[] = [];

  constructor(writing: BlockWriting) {
    this.#writing = writing;
    this.#chunkSize = Math.max(1, Math.floor(LINES_PER_CHUNK / writing.names.length));
  }

  /** The text now, piece by piece. */
  *write(block: SeriesBlock): Generator<Uint8Array> {
    if (block.labelSets !== this.#labelSets) yield* this.#writeAnew(block);
    else {
      let first = 0;
      for (const chunk of this.#chunks) {
        yield chunk.write(block, first);
        first += chunk.size;
      }
    }
  }

  /** Keeps the chunks whose series are still neighbours. */
  *#writeAnew(block: SeriesBlock): Generator<Uint8Array> {
    const { labelSets } = block;
    const known = this.#chunksByFirst();
    const chunks: ChunkCache[] = [];
    this.#labelSets = [];
    for (let first = 0; first < labelSets.length;) {
      const end = this.#endOf(labelSets, first, known);
      const kept = known.get(labelSets[first] as readonly string[]);
      const isSame = kept?.size === end - first && kept.isAt(labelSets, first);
      const chunk = isSame ? kept : new ChunkCache(labelSets.slice(first, end), this.#writing);
      chunks.push(chunk);
      yield chunk.write(block, first);
      first = end;
    }
    this.#labelSets = labelSets;
    this.#chunks = chunks;
  }

  /** By their first series; none when series have come and gone so often that most are small. */
  #chunksByFirst(): Map<readonly string[], ChunkCache> {
    const series = this.#chunks.reduce((sum, it) => sum + it.size, 0);
    const isScattered = this.#chunks.length > 2 * Math.ceil(series / this.#chunkSize) + 2;
    const chunks = isScattered ? [] : this.#chunks;
    return new Map(chunks.map((it) => [it.first, it]));
  }

  /** A chunk ends before one that is known begins. */
  #endOf(
    labelSets: LabelSets,
    first: number,
    known: ReadonlyMap<readonly string[], ChunkCache>,
  ): number {
    const longest = Math.min(first + this.#chunkSize, labelSets.length);
    let end = first + 1;
    while (end < longest && !known.has(labelSets[end] as readonly string[])) end++;
    return end;
  }
}
