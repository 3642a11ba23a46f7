import { systemTimers, type Timers } from '../../kernel/timers.js';
import { encodeChunk } from '../chunks/chunk-codec.js';
import { ChunkDirectory, type ChunkFile } from './chunk-directory.js';
import type { HistorySettings } from '../history-options.js';
import { StoredChunk, type Tier } from '../chunks/tier.js';

const BEAT_MS = 5_000;

/** Dependencies of {@link HistoryFiles}. */
export interface HistoryFilesDeps {
  readonly storage: NonNullable<HistorySettings['storage']>;
  /** Tiers in the order in which their chunks are given up. */
  readonly tiers: readonly Tier[];
  readonly timers?: Timers | undefined;
  /** Called with a chunk whose samples are lost. */
  lost(chunk: StoredChunk): void;
  report(error: unknown): void;
}

/**
 * Files of the closed chunks. While the directory cannot be used, chunks stay in memory; every five seconds it is tried
 * again.
 */
export class HistoryFiles {
  readonly #deps: HistoryFilesDeps;
  readonly #removals = new Set<string>();
  #directory: ChunkDirectory | undefined;
  /** File of the rollups whose chunk still grows. */
  #growing: { name: string; fromMs: number } | undefined;
  #isGrowingDue = false;
  #working = Promise.resolve();
  /** Work that has not begun. */
  #next: Promise<void> | undefined;
  #cancelBeat: (() => void) | undefined;

  constructor(deps: HistoryFilesDeps) {
    this.#deps = deps;
  }

  /** True while this process has the directory. */
  get isOpen(): boolean {
    return this.#directory !== undefined;
  }

  /** Opens the directory, and goes on to do so until it succeeds. */
  open(): Promise<void> {
    this.#scheduleBeat();
    return this.work();
  }

  /** Writes and removes what is due, after what is being written. Faults are reported. */
  async work(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    this.#next = this.#working.then(() => {
      this.#next = undefined;
      return this.#work();
    });
    this.#working = this.#next;
    return this.#working;
  }

  /** Writes the rollups of the chunk that grows, with the next work. */
  saveGrowing(): void {
    this.#isGrowingDue = true;
  }

  /** @throws Error of the system, also without a directory */
  async read(name: string): Promise<Buffer> {
    if (this.#directory === undefined) throw new Error('the directory is not open');
    return this.#directory.read(name);
  }

  /** Removes the file of a chunk, if it has one, with the next work. */
  remove({ file }: StoredChunk): void {
    if (file !== undefined) this.#removals.add(file.name);
  }

  /** Writes what is due and leaves the directory to the next process. */
  async close(): Promise<void> {
    this.#cancelBeat?.();
    await this.work();
    await this.#directory?.close();
  }

  #scheduleBeat(): void {
    const { timers = systemTimers } = this.#deps;
    this.#cancelBeat = timers.after(BEAT_MS, () => {
      this.#scheduleBeat();
      void this.work();
    });
  }

  async #work(): Promise<void> {
    try {
      if (this.#directory === undefined) await this.#open();
      else if (!(await this.#directory.refresh())) {
        this.#directory = undefined;
        throw new Error('another process has taken the directory of the history');
      }
      if (this.#directory !== undefined) await this.#save(this.#directory);
    } catch (error) {
      this.#deps.report(error);
    }
  }

  async #open(): Promise<void> {
    const opened = await ChunkDirectory.open(this.#deps.storage.directory);
    if (opened === undefined) {
      throw new Error('another process owns the directory of the history, which stays in memory');
    }
    this.#directory = opened.directory;
    if (opened.damaged > 0) {
      const fault = `${opened.damaged} files of the history were incomplete and are left out`;
      this.#deps.report(new Error(fault));
    }
    for (const it of this.#deps.tiers) addFiles(it, opened.files);
  }

  async #save(directory: ChunkDirectory): Promise<void> {
    for (const name of this.#removals) {
      await directory.remove(name);
      this.#removals.delete(name);
    }
    for (const tier of this.#deps.tiers) {
      for (const it of tier.closed) await this.#saveClosed(directory, it);
    }
    if (this.#isGrowingDue) await this.#saveGrowing(directory);
    await this.#limit(directory);
  }

  async #saveClosed(directory: ChunkDirectory, chunk: StoredChunk): Promise<void> {
    const { summary, encoded } = chunk;
    if (encoded === undefined || chunk.isDropped) return;
    const isGrown = summary.tier === 'rollup' && this.#growing?.fromMs === summary.fromMs;
    const name = isGrown ? this.#growing!.name : directory.nextName(summary.tier);
    await directory.write(name, encoded);
    chunk.file = { name, bytes: encoded.length };
    chunk.encoded = undefined;
    // It was given up in the meantime.
    if (chunk.isDropped) this.remove(chunk);
  }

  async #saveGrowing(directory: ChunkDirectory): Promise<void> {
    this.#isGrowingDue = false;
    const rollup = this.#deps.tiers.find(({ settings }) => settings.name === 'rollup');
    const chunk = rollup?.openChunk();
    if (chunk?.recorded === undefined) return;
    const { fromMs } = chunk.summary;
    if (this.#growing?.fromMs !== fromMs) {
      this.#growing = { name: directory.nextName('rollup'), fromMs };
    }
    await directory.write(this.#growing.name, await encodeChunk(chunk.recorded, chunk.summary));
  }

  async #limit(directory: ChunkDirectory): Promise<void> {
    const { tiers, storage } = this.#deps;
    const filed = tiers.flatMap(({ closed }) => closed).filter(({ file }) => file !== undefined);
    let bytes = filed.reduce((sum, { file }) => sum + file!.bytes, 0);
    for (const it of filed) {
      if (bytes <= storage.maxBytes) return;
      bytes -= it.file!.bytes;
      for (const tier of tiers) tier.removeAll((other) => other === it);
      this.#deps.lost(it);
      await directory.remove(it.file!.name);
    }
  }
}

/** Puts the chunks of a directory before those that were recorded since the start. */
export function addFiles(tier: Tier, files: readonly ChunkFile[]): void {
  const known = new Set(tier.closed.map(({ file }) => file?.name));
  const added = files
    .filter(({ summary, name }) => summary.tier === tier.settings.name && !known.has(name))
    .map(({ summary, ...file }) => Object.assign(new StoredChunk(summary), { file }));
  tier.closed = [...added, ...tier.closed];
}
