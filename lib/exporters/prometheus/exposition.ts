import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

// Of a text that repeats itself as this one does, little is left at any level, and low ones take a third of the time.
const LEVEL = 3;
const CHUNK_BYTES = 64 * 1024;

/** A rendering of all metrics at one instant. Its bytes are shared by all who asked for it. */
export class Exposition {
  /** Value of the header `Content-Type`. */
  readonly contentType: string;
  /** The body, in pieces. */
  readonly pieces: readonly Uint8Array[];
  #compressed: Promise<readonly Uint8Array[]> | undefined;

  /** @internal */
  constructor(contentType: string, pieces: readonly Uint8Array[]) {
    this.contentType = contentType;
    this.pieces = pieces;
  }

  /** The body as text. */
  text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  /** The body compressed by gzip, once for all who want it, and not on the event loop. */
  gzipped(): Promise<readonly Uint8Array[]> {
    return (this.#compressed ??= compress(this.pieces));
  }
}

async function compress(pieces: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
  const compressed: Uint8Array[] = [];
  await pipeline(Readable.from(pieces, { objectMode: false }), gzip, async (source) => {
    for await (const bytes of source) compressed.push(bytes as Uint8Array);
  });
  return compressed;
}
