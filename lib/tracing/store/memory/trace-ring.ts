import type { StoredSpan } from '../stored-trace.js';

/** What is kept of one trace. */
export interface TraceRecord {
  readonly traceId: string;
  readonly spans: StoredSpan[];
  /** Start of its earliest span; Unix time in milliseconds. */
  startMs: number;
  bytes: number;
  /** Spans of this trace that were given up. */
  dropped: number;
  /** The neighbour that has waited longer for its next span. */
  older: TraceRecord | undefined;
  /** The neighbour that has waited less. */
  newer: TraceRecord | undefined;
}

/**
 * Traces in the order of their last span. A linked list beside the map, because a map that loses its first entries has
 * to step over them at each look for the first one.
 */
export class TraceRing {
  readonly #records = new Map<string, TraceRecord>();
  #oldest: TraceRecord | undefined;
  #newest: TraceRecord | undefined;

  get size(): number {
    return this.#records.size;
  }

  /** The trace that has waited longest for its next span. */
  get oldest(): TraceRecord | undefined {
    return this.#oldest;
  }

  get(traceId: string): TraceRecord | undefined {
    return this.#records.get(traceId);
  }

  values(): IterableIterator<TraceRecord> {
    return this.#records.values();
  }

  /** Adds an empty trace as the newest. */
  add(traceId: string, dropped: number): TraceRecord {
    const record: TraceRecord = {
      traceId,
      spans: [],
      startMs: Infinity,
      bytes: 0,
      dropped,
      older: undefined,
      newer: undefined,
    };
    this.#records.set(traceId, record);
    this.#append(record);
    return record;
  }

  /** Makes a trace the newest. */
  touch(record: TraceRecord): void {
    if (record === this.#newest) return;
    this.#unlink(record);
    this.#append(record);
  }

  remove(record: TraceRecord): void {
    this.#records.delete(record.traceId);
    this.#unlink(record);
  }

  clear(): void {
    this.#records.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
  }

  #append(record: TraceRecord): void {
    record.older = this.#newest;
    record.newer = undefined;
    if (this.#newest === undefined) this.#oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
  }

  #unlink({ older, newer }: TraceRecord): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
