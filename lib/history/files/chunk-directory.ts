import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../kernel/files/made-folder.js';
import type { ChunkSummary, TierName } from '../chunks/chunk.js';
import { ChunkDamaged, HEAD_BYTES, summaryOf } from '../chunks/chunk-codec.js';
import { DirectoryLock } from './directory-lock.js';

const FILE = /^(?:full|rollup)-(\d{10})-[0-9a-f]{8}\.chunk$/;
const UNFINISHED = /\.tmp$/;
const SEQUENCE_DIGITS = 10;

/** Chunk in a file. */
export interface ChunkFile {
  readonly name: string;
  readonly bytes: number;
  readonly summary: ChunkSummary;
}

/** Contents of a directory when it was opened. */
export interface OpenedDirectory {
  readonly directory: ChunkDirectory;
  /** Chunks in the order of their recording. */
  readonly files: readonly ChunkFile[];
  /** Number of files that were torn or cannot be read. Torn files have been removed. */
  readonly damaged: number;
}

/** Files of a history, one for each chunk. One process at a time writes to a directory. */
export class ChunkDirectory {
  readonly #path: string;
  readonly #lock: DirectoryLock;
  #sequence: number;

  private constructor(path: string, lock: DirectoryLock, sequence: number) {
    this.#path = path;
    this.#lock = lock;
    this.#sequence = sequence;
  }

  /**
   * Opens a directory and makes it if there is none.
   *
   * @returns `undefined` while another process owns it.
   * @throws Error of the system
   */
  static async open(path: string): Promise<OpenedDirectory | undefined> {
    await makeFolder(path);
    const lock = await DirectoryLock.take(path);
    if (lock === undefined) return undefined;
    try {
      return await readAll(path, (sequence) => new ChunkDirectory(path, lock, sequence));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Returns a name for the next chunk of a tier. */
  nextName(tier: TierName): string {
    const sequence = String(++this.#sequence).padStart(SEQUENCE_DIGITS, '0');
    return `${tier}-${sequence}-${this.#lock.token}.chunk`;
  }

  /**
   * Writes a chunk whole or not at all, in place of one of the same name.
   *
   * @throws Error of the system, or when another process has taken the directory.
   */
  async write(name: string, bytes: Buffer): Promise<void> {
    if (!(await this.#lock.isMine())) throw new Error('another process owns the directory');
    const path = join(this.#path, name);
    try {
      await writeFile(`${path}.tmp`, bytes, { flush: true });
      await rename(`${path}.tmp`, path);
    } catch (error) {
      await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** @throws Error of the system */
  read(name: string): Promise<Buffer> {
    return readFile(join(this.#path, name));
  }

  /** @throws Error of the system */
  async remove(name: string): Promise<void> {
    await rm(join(this.#path, name), { force: true });
  }

  /** Shows that the owner is alive. @returns False once another process has taken the directory. */
  refresh(): Promise<boolean> {
    return this.#lock.refresh();
  }

  /** Leaves the directory to the next process. */
  close(): Promise<void> {
    return this.#lock.release();
  }
}

async function readAll(
  path: string,
  directoryOf: (sequence: number) => ChunkDirectory,
): Promise<OpenedDirectory> {
  const { files, torn, unreadable, sequence } = await listChunks(path);
  const directory = directoryOf(sequence);
  for (const it of torn) await directory.remove(it);
  return { directory, files, damaged: torn.length + unreadable };
}

/** Chunks in a directory, which need not be the own one. */
export interface ListedChunks {
  /** Chunks in the order of their recording. */
  readonly files: readonly ChunkFile[];
  /** Names of files that are no whole chunk. */
  readonly torn: readonly string[];
  /** Number of files that cannot be read. */
  readonly unreadable: number;
  /** Number of the last chunk. */
  readonly sequence: number;
}

/** Lists the chunks of a directory, without a change to it. @throws Error of the system */
export async function listChunks(path: string): Promise<ListedChunks> {
  const names = await readdir(path);
  const sequences = names.map((it) => Number(FILE.exec(it)?.[1] ?? 0));
  const files: ChunkFile[] = [];
  const torn = names.filter((it) => UNFINISHED.test(it));
  let unreadable = 0;
  const bySequence = (name: string) => name.slice(name.indexOf('-'));
  const chunks = names.filter((it) => FILE.test(it));
  for (const name of chunks.toSorted((a, b) => (bySequence(a) < bySequence(b) ? -1 : 1))) {
    try {
      files.push(await fileOf(path, name));
    } catch (error) {
      if (error instanceof ChunkDamaged) torn.push(name);
      else unreadable++;
    }
  }
  return { files, torn, unreadable, sequence: Math.max(0, ...sequences) };
}

async function fileOf(path: string, name: string): Promise<ChunkFile> {
  const handle = await open(join(path, name));
  try {
    const { size: bytes } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { name, bytes, summary: summaryOf(buffer, bytes) };
  } finally {
    await handle.close();
  }
}
