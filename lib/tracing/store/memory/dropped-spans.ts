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
