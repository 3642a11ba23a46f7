import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { LogFormat, LogRecord } from '../log-record.js';
import { dropNotice, type OpenSink, type SinkHost } from './log-sink.js';
import { TurnBatch } from './turn-batch.js';

/** Dependencies of a {@link StreamOutput}. */
export interface StreamOutputDeps {
  readonly sink: string;
  readonly host: SinkHost;
  readonly format: LogFormat;
  readonly maxBufferedBytes: number;
}

const FLUSH_LIMIT_MS = 2_000;

/**
 * Writes lines to a stream in batches. Above its bound it drops the newest lines: a stalled reader costs the process
 * neither memory nor time.
 */
export class StreamOutput implements OpenSink {
  readonly #stream: Writable;
  readonly #deps: StreamOutputDeps;
  readonly #batch = new TurnBatch((text) => this.#send(text));
  readonly #onError = (error: unknown): void => this.#fail(error);
  #isBroken = false;
  #dropped = 0;

  constructor(stream: Writable, deps: StreamOutputDeps) {
    this.#stream = stream;
    this.#deps = deps;
    // Without a listener, a reader that has gone would end the process.
    stream.on('error', this.#onError);
  }

  get bufferedBytes(): number {
    return this.#batch.length + this.#stream.writableLength;
  }

  /** {@inheritDoc OpenSink.write} */
  write(record: LogRecord): void {
    const { host, format, maxBufferedBytes } = this.#deps;
    if (this.#isBroken || this.bufferedBytes > maxBufferedBytes) return this.#drop(1);
    if (this.#dropped > 0) this.#tell();
    this.#batch.add(host.formats.line(record, format));
  }

  /** {@inheritDoc OpenSink.flush} */
  async flush(): Promise<void> {
    this.#batch.flush();
    if (this.#isBroken || this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, FLUSH_LIMIT_MS);
      this.#stream.write('', () => {
        clearTimeout(limit);
        resolve();
      });
    });
  }

  /** {@inheritDoc OpenSink.flushSync} A stream that is behind would make the process wait for its reader. */
  flushSync(): void {
    const { text, lines } = this.#batch.take();
    if (lines === 0) return;
    const { fd } = this.#stream as Writable & { readonly fd?: number };
    if (this.#isBroken || this.#stream.writableLength > 0) return this.#drop(lines);
    if (typeof fd !== 'number') return void this.#stream.write(text);
    try {
      writeFully(fd, Buffer.from(text));
    } catch {
      this.#drop(lines);
    }
  }

  /** {@inheritDoc OpenSink.close} The stream is the caller's. */
  async close(): Promise<void> {
    await this.flush();
    this.#stream.off('error', this.#onError);
  }

  #send(text: string): void {
    try {
      this.#stream.write(text);
    } catch (error) {
      this.#fail(error);
    }
  }

  #tell(): void {
    const { host, sink, format } = this.#deps;
    const notice = dropNotice(host, sink, this.#dropped);
    this.#dropped = 0;
    this.#batch.add(host.formats.line(notice, format));
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#deps.host.dropped(this.#isBroken ? 'error' : 'overflow', lines);
  }

  #fail(error: unknown): void {
    this.#isBroken = this.#stream.destroyed || !this.#stream.writable;
    this.#deps.host.report(error);
  }
}

/** @throws Error of the system; also when the reader of a pipe takes nothing. */
export function writeFully(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}
