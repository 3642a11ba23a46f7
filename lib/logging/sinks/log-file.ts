import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, write } from 'node:fs';

/** Place and limits of a log file. */
export interface LogFileSettings {
  readonly path: string;
  readonly mode: number;
  /** Bytes from which the file is rotated. */
  readonly maxBytes: number;
  /** Rotated files that are kept: `path.1` is the newest. */
  readonly maxFiles: number;
}

/** An open log file with its rotation. */
export class LogFile {
  readonly #settings: LogFileSettings;
  #fd: number;
  #bytes: number;

  /** @throws Error of the system, for a path that cannot be written. */
  constructor(settings: LogFileSettings) {
    this.#settings = settings;
    this.#fd = openSync(settings.path, 'a', settings.mode);
    this.#bytes = fstatSync(this.#fd).size;
  }

  get fd(): number {
    return this.#fd;
  }

  /** Appends bytes; the callback gets how many were written. */
  append(bytes: Buffer, done: (error: Error | null, written: number) => void): void {
    write(this.#fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) this.#bytes += written;
      done(error, written);
    });
  }

  /** Returns true when these bytes would exceed the limit of a file that is not empty. */
  isFullFor(bytes: number): boolean {
    return this.#bytes > 0 && this.#bytes + bytes > this.#settings.maxBytes;
  }

  /**
   * Begins a new file and renames the others by one.
   *
   * @throws Error of the system; the next lines then go to the same file.
   */
  rotate(): void {
    const { path, maxFiles } = this.#settings;
    this.#bytes = 0;
    const names = Array.from({ length: maxFiles + 1 }, (_, i) => (i === 0 ? path : `${path}.${i}`));
    if (maxFiles === 0) rmSync(path, { force: true });
    for (let i = maxFiles - 1; i >= 0; i--) {
      if (existsSync(names[i] as string)) renameSync(names[i] as string, names[i + 1] as string);
    }
    this.reopen();
  }

  /** Opens the path again, for a tool that has renamed the file. @throws Error of the system; the old file stays open. */
  reopen(): void {
    const { path, mode } = this.#settings;
    const fd = openSync(path, 'a', mode);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = fstatSync(fd).size;
  }

  /** Size of the file in the file system. @throws Error of the system */
  sizeNow(): number {
    return fstatSync(this.#fd).size;
  }

  /** Bytes that were written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
