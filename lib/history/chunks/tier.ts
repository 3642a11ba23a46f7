import type { MetricSnapshot } from '../../metrics/snapshot/snapshot.js';
import type { Chunk, ChunkSummary, TierName } from './chunk.js';
import { OpenChunk } from './open-chunk.js';

/** Ticks after which a chunk is closed and compressed. */
const TICKS = 120;
const ENTRY_BYTES = 400;
/** Ticks that may be missing within a chunk. */
const MOST_MISSING = 12;

/** Closed chunk: in memory as it was recorded, compressed in memory, or in a file. */
export class StoredChunk {
  readonly summary: ChunkSummary;
  /** The chunk as it was recorded. */
  recorded: (Chunk & { readonly bytes: number }) | undefined;
  /** The compressed chunk, until it is in a file. */
  encoded: Buffer | undefined;
  /** Name and size of its file. */
  file: { readonly name: string; readonly bytes: number } | undefined;
  /** True once nothing refers to it any more. */
  isDropped = false;

  constructor(summary: ChunkSummary, recorded?: StoredChunk['recorded']) {
    this.summary = summary;
    this.recorded = recorded;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return ENTRY_BYTES + (this.recorded?.bytes ?? 0) + (this.encoded?.length ?? 0);
  }
}

/** Settings of a {@link Tier}. */
export interface TierSettings {
  readonly name: TierName;
  /** Time between two ticks in milliseconds. */
  readonly everyMs: number;
  readonly retentionMs: number;
  /** Bytes from which a chunk is closed early. */
  readonly maxOpenBytes: number;
  /** Start of the recording: Unix time in milliseconds. */
  readonly run: number;
  accepts: ConstructorParameters<typeof OpenChunk>[0];
}

/** All chunks of one resolution: one that grows, and closed ones in the order of their recording. */
export class Tier {
  readonly settings: TierSettings;
  closed: StoredChunk[] = [];
  #open: OpenChunk;

  constructor(settings: TierSettings) {
    this.settings = settings;
    this.#open = new OpenChunk(settings.accepts);
  }

  get bytes(): number {
    return this.closed.reduce((sum, it) => sum + it.bytes, this.#open.bytes);
  }

  get samples(): number {
    return this.closed.reduce((sum, { summary }) => sum + summary.samples, this.#open.samples);
  }

  /** Time of the last tick; 0 before the first. */
  get lastMs(): number {
    return this.#open.ticks > 0 ? this.#open.toMs : (this.closed.at(-1)?.summary.toMs ?? 0);
  }

  /** Returns true when a tick has to begin a new chunk: the last one is full, or the clock was set. */
  isOver(atMs: number, bytes: number): boolean {
    const { ticks, toMs, bytes: taken } = this.#open;
    const { everyMs, maxOpenBytes } = this.settings;
    if (ticks === 0) return false;
    const isLater = atMs > toMs && atMs < toMs + MOST_MISSING * everyMs;
    return !isLater || ticks >= TICKS || taken + bytes > maxOpenBytes;
  }

  /** Records a tick after the last one. */
  record(atMs: number, metrics: readonly MetricSnapshot[]): void {
    this.#open.record(atMs, metrics);
  }

  /** Closes the chunk that grows, if it has a tick. */
  close(): StoredChunk | undefined {
    const chunk = this.openChunk();
    if (chunk === undefined) return undefined;
    this.#open = new OpenChunk(this.settings.accepts);
    this.closed.push(chunk);
    return chunk;
  }

  /** Returns the chunk that grows as it is now, if it has a tick. */
  openChunk(): StoredChunk | undefined {
    if (this.#open.ticks === 0) return undefined;
    const { name: tier, run } = this.settings;
    const { fromMs, toMs, samples, bytes } = this.#open;
    const summary = { tier, run, fromMs, toMs, samples };
    return new StoredChunk(summary, { ...this.#open.chunk(), bytes });
  }

  /** Removes the chunks that are older than the retention. */
  expire(nowMs: number): StoredChunk[] {
    const limitMs = nowMs - this.settings.retentionMs;
    return this.removeAll(({ summary }) => summary.toMs < limitMs);
  }

  /** Removes chunks and returns them. */
  removeAll(isRemoved: (chunk: StoredChunk) => boolean): StoredChunk[] {
    const removed = this.closed.filter(isRemoved);
    if (removed.length > 0) this.closed = this.closed.filter((it) => !removed.includes(it));
    for (const it of removed) it.isDropped = true;
    return removed;
  }
}
