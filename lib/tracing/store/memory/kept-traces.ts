import type { StoredSpan } from '../stored-trace.js';
import type { TraceRecord } from './trace-ring.js';

/** Slowest traces of a name that are kept, of any span of time up to now. */
const SLOWEST = 4;
/** Failed traces of a name and an error type that are kept, the latest ones. */
const FAILED = 8;
/** Span names whose traces are kept. */
const MOST_NAMES = 256;
/** Span names of one trace that are looked at. */
const MOST_NAMES_OF_TRACE = 16;
/** Minutes after which a name without a kept trace leaves its place to another one. */
const FORGOTTEN_MINUTES = 15;
/** Minutes after which the older of two kept traces goes, not the faster. */
const OLD_MINUTES = 60;
const MINUTE_MS = 60_000;

/** Bounds of the kept traces. */
export interface KeptLimits {
  readonly maxSpans: number;
  readonly maxBytes: number;
}

interface Kept {
  readonly record: TraceRecord;
  readonly minute: number;
  readonly durationMs: number;
}

/** Kept traces with spans of one name, by the time at which they were retired. */
interface Group {
  readonly of: Map<string, Group>;
  readonly key: string;
  entries: Kept[];
}

/**
 * Retired traces that are worth keeping: for each span name the slowest of any span of time up to now, and the latest
 * failed ones of each error type. They have a share of the store of their own.
 */
export class KeptTraces {
  readonly #limits: KeptLimits;
  readonly #released: (record: TraceRecord) => void;
  readonly #slow = new Map<string, Group>();
  readonly #failed = new Map<string, Group>();
  readonly #groups = new Map<TraceRecord, Set<Group>>();
  #spans = 0;
  #bytes = 0;

  /** @param released - Receives each record that is no longer kept. */
  constructor(limits: KeptLimits, released: (record: TraceRecord) => void) {
    this.#limits = limits;
    this.#released = released;
  }

  /** Keeps a record that has no room elsewhere; returns false for one that is not worth it. */
  keep(record: TraceRecord): boolean {
    const { maxSpans, maxBytes } = this.#limits;
    if (record.spans.length > maxSpans || record.bytes > maxBytes) return false;
    const minute = Math.floor(record.startMs / MINUTE_MS);
    for (const [name, durationMs] of longestByName(record.spans)) {
      this.#keepSlow(name, { record, minute, durationMs });
    }
    for (const name of failures(record.spans)) {
      this.#keepFailed(name, { record, minute, durationMs: Infinity });
    }
    const isKept = this.#groups.has(record);
    if (!isKept) return false;
    this.#spans += record.spans.length;
    this.#bytes += record.bytes;
    while (this.#spans > maxSpans || this.#bytes > maxBytes) this.releaseOne();
    return true;
  }

  /** Gives a record back that receives another span. */
  take(record: TraceRecord): void {
    for (const it of this.#groups.get(record) ?? []) removeFrom(it, record);
    if (!this.#groups.delete(record)) return;
    this.#spans -= record.spans.length;
    this.#bytes -= record.bytes;
  }

  /** Takes the least trace out of the greatest group, which releases it unless another one has it; false without any. */
  releaseOne(): boolean {
    let greatest: Group | undefined;
    let least: Kept | undefined;
    for (const group of [...this.#slow.values(), ...this.#failed.values()]) {
      const most = greatest?.entries.length ?? 0;
      if (group.entries.length < most) continue;
      const found = leastOf(group);
      const isLess = found.durationMs < (least?.durationMs ?? Infinity);
      if (group.entries.length > most || isLess) [greatest, least] = [group, found];
    }
    if (greatest === undefined || least === undefined) return false;
    this.#leave(greatest, least.record);
    return true;
  }

  clear(): void {
    this.#slow.clear();
    this.#failed.clear();
    this.#groups.clear();
    this.#spans = 0;
    this.#bytes = 0;
  }

  #keepSlow(name: string, added: Kept): void {
    // What took no time is not slow, whatever the others took.
    if (added.durationMs === 0) return;
    const group = this.#groupOf(this.#slow, name, added.minute);
    if (group === undefined || isOutdone(added, group.entries)) return;
    this.#add(group, added);
    for (const it of group.entries.filter((entry) => isOutdone(entry, group.entries))) {
      this.#leave(group, it.record);
    }
  }

  #keepFailed(name: string, added: Kept): void {
    const group = this.#groupOf(this.#failed, name, added.minute);
    if (group === undefined) return;
    this.#add(group, added);
    if (group.entries.length > FAILED) this.#leave(group, group.entries[0]!.record);
  }

  /** Returns the group of a name, as the one that was used last; `undefined` when there are too many names. */
  #groupOf(of: Map<string, Group>, key: string, minute: number): Group | undefined {
    const known = of.get(key);
    if (known === undefined && of.size >= MOST_NAMES) {
      const [oldest] = of.values();
      const last = oldest!.entries.at(-1)!;
      if (last.minute > minute - FORGOTTEN_MINUTES) return undefined;
      for (const { record } of oldest!.entries) this.#leave(oldest!, record);
    }
    of.delete(key);
    const group = known ?? { of, key, entries: [] };
    of.set(key, group);
    return group;
  }

  #add(group: Group, added: Kept): void {
    group.entries.push(added);
    const groups = this.#groups.get(added.record) ?? new Set();
    this.#groups.set(added.record, groups.add(group));
  }

  #leave(group: Group, record: TraceRecord): void {
    removeFrom(group, record);
    const groups = this.#groups.get(record);
    groups?.delete(group);
    if (groups?.size === 0) this.#release(record);
  }

  #release(record: TraceRecord): void {
    this.take(record);
    this.#released(record);
  }
}

/** Returns true if enough traces of the same minute or later took as long or longer. */
function isOutdone(kept: Kept, entries: readonly Kept[]): boolean {
  const slower = entries.filter(
    (it) => it !== kept && it.minute >= kept.minute && it.durationMs >= kept.durationMs,
  );
  return slower.length >= SLOWEST;
}

/** Returns the entry of a group that goes first: the fastest; the first one if it failed or is much older than the last. */
function leastOf({ entries }: Group): Kept {
  const [first] = entries as [Kept];
  const isOld = first.minute < entries.at(-1)!.minute - OLD_MINUTES;
  if (isOld) return first;
  return entries.reduce((least, it) => (it.durationMs < least.durationMs ? it : least));
}

function removeFrom(group: Group, record: TraceRecord): void {
  group.entries = group.entries.filter((it) => it.record !== record);
  if (group.entries.length === 0) group.of.delete(group.key);
}

function longestByName(spans: readonly StoredSpan[]): ReadonlyMap<string, number> {
  const longest = new Map<string, number>();
  for (const { name, durationMs } of spans) {
    const known = longest.get(name);
    if (known === undefined && longest.size >= MOST_NAMES_OF_TRACE) continue;
    longest.set(name, Math.max(durationMs, known ?? 0));
  }
  return longest;
}

/** Returns the failed spans of a trace by name and error type. */
function failures(spans: readonly StoredSpan[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { name, status, attributes } of spans) {
    if (status.code !== 'error' || found.size >= MOST_NAMES_OF_TRACE) continue;
    found.add(`${name}\u0000${String(attributes['error.type'])}`);
  }
  return found;
}
