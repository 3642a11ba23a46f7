import { systemTimers, type Timers } from '../../kernel/timers.js';
import type { LogFormat, LogRecord } from '../log-record.js';
import type { LogFile } from './log-file.js';
import { dropNotice, type OpenSink, type SinkHost } from './log-sink.js';
import { writeFully } from './stream-output.js';

/** Dependencies of a {@link FileOutput}. */
export interface FileOutputDeps {
  readonly host: SinkHost;
  readonly format: LogFormat;
  readonly file: LogFile;
  readonly maxBufferedBytes: number;
  /** Drops the oldest chunk that waits in place of a new line. */
  readonly dropsOldest?: boolean;
  readonly timers?: Timers;
}

/** Most bytes of one write. */
const CHUNK = 16_384;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;
const FLUSH_LIMIT_MS = 2_000;
const EXIT_LIMIT_MS = 200;

interface Waiting {
  readonly bytes: Buffer;
  readonly lines: number;
}

/**
 * Writes lines to a file without blocking the event loop: one write is under way at a time, and the rest waits within a
 * bound. Bytes that the disk does not take are tried again until it does, so that a full disk loses nothing but what
 * exceeds the bound.
 */
export class FileOutput implements OpenSink {
  readonly #deps: FileOutputDeps;
  readonly #timers: Timers;
  #text = '';
  #lines = 0;
  #chunks: Waiting[] = [];
  #bufferedBytes = 0;
  #current: Waiting | undefined;
  #isWriting = false;
  #soon: NodeJS.Immediate | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryMs = FIRST_RETRY_MS;
  #dropped = 0;
  #idle: (() => void)[] = [];

  constructor(deps: FileOutputDeps) {
    this.#deps = deps;
    this.#timers = deps.timers ?? systemTimers;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** {@inheritDoc OpenSink.write} */
  write(record: LogRecord): void {
    const { host, format, maxBufferedBytes } = this.#deps;
    const line = host.formats.line(record, format);
    const isFull = () => this.#bufferedBytes + line.length > maxBufferedBytes;
    if (this.#deps.dropsOldest === true) while (isFull() && this.#dropOldest());
    if (isFull()) {
      this.#dropped++;
      return host.dropped('overflow', 1);
    }
    if (this.#dropped > 0 && this.#deps.dropsOldest !== true) this.#tell();
    this.#add(line);
    this.#soon ??= setImmediate(() => this.#pump()).unref();
  }

  /** {@inheritDoc OpenSink.flush} */
  async flush(): Promise<void> {
    this.#pump();
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#timers.after(FLUSH_LIMIT_MS, resolve, { keepsAlive: true });
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** {@inheritDoc OpenSink.flushSync} The write under way ends first, so that the order stays. */
  flushSync(): void {
    const { file, host } = this.#deps;
    if (this.#dropped > 0) this.#tell();
    this.#seal();
    if (this.#isWriting) this.#awaitCurrent();
    const rest = [
      ...(this.#isWriting || this.#current === undefined ? [] : [this.#current]),
      ...this.#chunks,
    ];
    this.#chunks = [];
    this.#current = undefined;
    try {
      while (rest.length > 0) {
        writeFully(file.fd, (rest[0] as Waiting).bytes);
        rest.shift();
      }
    } catch {
      // A full disk must not hold up the exit.
      host.dropped(
        'exit',
        rest.reduce((sum, { lines }) => sum + lines, 0),
      );
    }
  }

  /** {@inheritDoc OpenSink.close} */
  async close(): Promise<void> {
    await this.flush();
    this.#cancelRetry?.();
    clearImmediate(this.#soon);
    if (!this.#isIdle) this.flushSync();
    if (!this.#isWriting) this.#deps.file.close();
  }

  get #isIdle(): boolean {
    return (
      !this.#isWriting &&
      this.#current === undefined &&
      this.#chunks.length === 0 &&
      this.#lines === 0
    );
  }

  /** Returns false when nothing but the write under way waits. */
  #dropOldest(): boolean {
    if (this.#chunks.length === 0) this.#seal();
    const oldest = this.#chunks.shift();
    if (oldest === undefined) return false;
    this.#bufferedBytes -= oldest.bytes.length;
    this.#dropped += oldest.lines;
    this.#deps.host.dropped('overflow', oldest.lines);
    return true;
  }

  #add(line: string): void {
    this.#text += `${line}\n`;
    this.#lines++;
    this.#bufferedBytes += line.length + 1;
    if (this.#text.length >= CHUNK) this.#seal();
  }

  #seal(): void {
    if (this.#lines === 0) return;
    const bytes = Buffer.from(this.#text);
    this.#bufferedBytes += bytes.length - this.#text.length;
    this.#chunks.push({ bytes, lines: this.#lines });
    this.#text = '';
    this.#lines = 0;
  }

  #tell(): void {
    const { host, format } = this.#deps;
    const notice = dropNotice(host, 'file', this.#dropped);
    this.#dropped = 0;
    this.#add(host.formats.line(notice, format));
  }

  #pump(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    if (this.#isWriting || this.#cancelRetry !== undefined) return;
    this.#current ??= this.#next();
    if (this.#current === undefined && this.#dropped > 0) {
      this.#tell();
      this.#current = this.#next();
    }
    if (this.#current === undefined) return this.#settle();
    this.#isWriting = true;
    this.#deps.file.append(this.#current.bytes, (error, written) => this.#wrote(error, written));
  }

  #next(): Waiting | undefined {
    if (this.#chunks.length === 0) this.#seal();
    const next = this.#gapNotice() ?? this.#chunks.shift();
    const { file, host } = this.#deps;
    try {
      if (next !== undefined && file.isFullFor(next.bytes.length)) file.rotate();
    } catch (fault) {
      host.report(fault);
    }
    return next;
  }

  /** The line about dropped lines takes their place. */
  #gapNotice(): Waiting | undefined {
    if (this.#dropped === 0 || this.#deps.dropsOldest !== true) return undefined;
    const { host, format } = this.#deps;
    const line = host.formats.line(dropNotice(host, 'file', this.#dropped), format);
    const bytes = Buffer.from(`${line}\n`);
    this.#dropped = 0;
    this.#bufferedBytes += bytes.length;
    return { bytes, lines: 1 };
  }

  #wrote(error: Error | null, written: number): void {
    this.#isWriting = false;
    const current = this.#current;
    if (current === undefined) return;
    const rest = current.bytes.subarray(written);
    this.#bufferedBytes -= written;
    this.#current = rest.length === 0 ? undefined : { bytes: rest, lines: current.lines };
    if (error === null) {
      this.#retryMs = FIRST_RETRY_MS;
      return this.#pump();
    }
    this.#deps.host.report(error);
    this.#cancelRetry = this.#timers.after(this.#retryMs, () => {
      this.#cancelRetry = undefined;
      this.#pump();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #settle(): void {
    for (const it of this.#idle.splice(0)) it();
  }

  /** A thread of Node.js writes; its bytes appear while this one waits. */
  #awaitCurrent(): void {
    const { file } = this.#deps;
    const end = Date.now() + EXIT_LIMIT_MS;
    const wanted = file.bytes + (this.#current?.bytes.length ?? 0);
    try {
      while (file.sizeNow() < wanted && Date.now() < end) Atomics.wait(PAUSE, 0, 0, 1);
    } catch {
      // A file that cannot be asked gets the rest at once.
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
