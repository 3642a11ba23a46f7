import type { StoredSpan } from '../stored-trace.js';

/** Stored spans of one trace. */
export interface TraceRecord {
  readonly traceId: string;
  readonly spans: StoredSpan[];
  /** Start of the earliest span; Unix time in milliseconds. */
  startMs: number;
  bytes: number;
  /** Dropped spans of this trace. */
  dropped: number;
  /** False for a retired trace, which has no place in the order. */
  isListed: boolean;
  /** Neighbour with the next older last span. */
  older: TraceRecord | undefined;
  /** Neighbour with the next newer last span. */
  newer: TraceRecord | undefined;
}

/**
 * Traces ordered by their last span. It is a linked list beside a map, because a map that has lost
 * its first entries skips over them on each access to its first one.
 */
export class TraceRing {
  readonly #records = new Map<string, TraceRecord>();
  #oldest: TraceRecord | undefined;
  #newest: TraceRecord | undefined;

  get size(): number {
    return this.#records.size;
  }

  /** Trace that has received no span for the longest time. */
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
      isListed: true,
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
    this.retire(record);
    record.isListed = true;
    this.#append(record);
  }

  /** Takes a trace out of the order; it can still be found. */
  retire(record: TraceRecord): void {
    if (record.isListed) this.#unlink(record);
    record.isListed = false;
    record.older = undefined;
    record.newer = undefined;
  }

  remove(record: TraceRecord): void {
    this.#records.delete(record.traceId);
    this.retire(record);
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

/** Number of evicted traces that are remembered. */
export const REMEMBERED_TRACES = 1024;

interface Entry {
  readonly traceId: string;
  count: number;
}

/**
 * Counts of dropped spans by evicted trace. The root of a trace ends last: if its children were
 * evicted by then, the trace must not look complete. Only the last {@link REMEMBERED_TRACES} are
 * known.
 */
export class DroppedSpans {
  readonly #byTrace = new Map<string, Entry>();
  readonly #entries: (Entry | undefined)[] = Array.from({ length: REMEMBERED_TRACES });
  #next = 0;

  add(traceId: string, count: number): void {
    const known = this.#byTrace.get(traceId);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    const entry = { traceId, count };
    this.#forget(this.#entries[this.#next]);
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % REMEMBERED_TRACES;
    this.#byTrace.set(traceId, entry);
  }

  /** Removes and returns the count of a trace that is stored again. */
  take(traceId: string): number {
    const count = this.#byTrace.get(traceId)?.count ?? 0;
    this.#byTrace.delete(traceId);
    return count;
  }

  clear(): void {
    this.#byTrace.clear();
    this.#entries.fill(undefined);
  }

  /** Removes an entry, unless the trace has since returned and has been evicted again, which creates a newer entry. */
  #forget(entry: Entry | undefined): void {
    if (entry !== undefined && this.#byTrace.get(entry.traceId) === entry) {
      this.#byTrace.delete(entry.traceId);
    }
  }
}
