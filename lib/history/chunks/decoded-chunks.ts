import type { Chunk } from './chunk.js';
import { type DecodedChunk, decodeChunk } from './chunk-codec.js';
import type { StoredChunk } from './tier.js';

/** Dependencies of {@link DecodedChunks}. */
export interface DecodedChunksDeps {
  readonly maxBytes: number;
  /** Reads a file. */
  read(name: string): Promise<Buffer>;
  /** Returns one array for equal label values. */
  shared(values: readonly string[]): readonly string[];
}

/** Chunks that queries have decoded, the least recently read first. */
export class DecodedChunks {
  readonly #maxBytes: number;
  readonly #read: DecodedChunksDeps['read'];
  readonly #shared: DecodedChunksDeps['shared'];
  readonly #chunks = new Map<StoredChunk, DecodedChunk>();
  bytes = 0;

  constructor({ maxBytes, read, shared }: DecodedChunksDeps) {
    this.#maxBytes = maxBytes;
    this.#read = read;
    this.#shared = shared;
  }

  /** Returns a chunk if it need not be read and decoded. */
  get(stored: StoredChunk): Chunk | undefined {
    if (stored.recorded !== undefined) return stored.recorded;
    const known = this.#chunks.get(stored);
    if (known === undefined) return undefined;
    this.#chunks.delete(stored);
    this.#chunks.set(stored, known);
    return known;
  }

  /** Reads and decodes a chunk. @throws Error of the system, ChunkDamaged */
  async load(stored: StoredChunk): Promise<Chunk> {
    const known = this.get(stored);
    if (known !== undefined) return known;
    const bytes = stored.encoded ?? (await this.#read(stored.file?.name ?? ''));
    const chunk = await decodeChunk(bytes, this.#shared);
    if (stored.isDropped || this.#chunks.has(stored)) return chunk;
    this.#chunks.set(stored, chunk);
    this.bytes += chunk.bytes;
    for (const it of this.#chunks.keys()) {
      if (this.bytes <= this.#maxBytes) break;
      this.forget(it);
    }
    return chunk;
  }

  /** Forgets a chunk. */
  forget(stored: StoredChunk): void {
    this.bytes -= this.#chunks.get(stored)?.bytes ?? 0;
    this.#chunks.delete(stored);
  }
}
