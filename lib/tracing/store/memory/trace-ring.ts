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

/** How many traces are remembered after they are gone. */
export const REMEMBERED_TRACES = 1024;

interface Entry {
  readonly traceId: string;
  count: number;
}

/**
 * How many spans of a trace were given up, for the traces that are gone. The root of a trace ends last: when its
 * children are gone by then, it must not look like a whole trace. Only the last {@link REMEMBERED_TRACES} are known.
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

  /** The number for this trace, which is back and keeps it from now on. */
  take(traceId: string): number {
    const count = this.#byTrace.get(traceId)?.count ?? 0;
    this.#byTrace.delete(traceId);
    return count;
  }

  clear(): void {
    this.#byTrace.clear();
    this.#entries.fill(undefined);
  }

  /** A trace may have come back and gone again since: then its entry is another one, and newer. */
  #forget(entry: Entry | undefined): void {
    if (entry !== undefined && this.#byTrace.get(entry.traceId) === entry) {
      this.#byTrace.delete(entry.traceId);
    }
  }
}
