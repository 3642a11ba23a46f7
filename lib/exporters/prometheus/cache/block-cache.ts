import type { SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import { type BlockWriting, ChunkCache } from './chunk-cache.js';

// Rendering this many lines takes a fraction of a millisecond, so the clock is checked between
// chunks only.
const LINES_PER_CHUNK = 512;

type LabelSets = readonly (readonly string[])[];

/** Cached text of the series of a block, in chunks. Removed series release their text. */
export class BlockCache {
  readonly #writing: BlockWriting;
  readonly #chunkSize: number;
  #labelSets: LabelSets = [];
  #chunks: ChunkCache[] = [];

  constructor(writing: BlockWriting) {
    this.#writing = writing;
    this.#chunkSize = Math.max(1, Math.floor(LINES_PER_CHUNK / writing.names.length));
  }

  /** Yields the current text in pieces. */
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

  /** Retains the chunks whose series are still neighbours. */
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

  /** Chunks by their first series; empty when churn has made most chunks small. */
  #chunksByFirst(): Map<readonly string[], ChunkCache> {
    const series = this.#chunks.reduce((sum, it) => sum + it.size, 0);
    const isScattered = this.#chunks.length > 2 * Math.ceil(series / this.#chunkSize) + 2;
    const chunks = isScattered ? [] : this.#chunks;
    return new Map(chunks.map((it) => [it.first, it]));
  }

  /** Returns the end of a new chunk, at most the beginning of the next known one. */
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
