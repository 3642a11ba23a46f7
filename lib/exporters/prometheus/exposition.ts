import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

// Repetitive text compresses well at any level, and low levels take a third of the time.
const LEVEL = 3;
const CHUNK_BYTES = 64 * 1024;

/** Rendering of all metrics at one instant. All concurrent scrapes share its bytes. */
export class Exposition {
  /** Value of the `Content-Type` header. */
  readonly contentType: string;
  /** Body in pieces. */
  readonly pieces: readonly Uint8Array[];
  #compressed: Promise<readonly Uint8Array[]> | undefined;

  /** @internal */
  constructor(contentType: string, pieces: readonly Uint8Array[]) {
    this.contentType = contentType;
    this.pieces = pieces;
  }

  /** Returns the body as text. */
  text(): string {
    return Buffer.concat(this.pieces).toString();
  }

  /** Returns the body compressed with gzip. It is compressed once for all scrapes, off the event loop. */
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
