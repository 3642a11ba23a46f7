import type { StoredSpan, StoredTrace } from '../../../tracing/store/stored-trace.js';
import type { TraceStore } from '../../../tracing/store/trace-store.js';
import type { TraceRow } from '../live-state.js';

/** Traces of a list. */
export interface TraceRows {
  readonly rows: readonly TraceRow[];
  /** Reason for which there are none. */
  readonly off?: string | undefined;
}

const WINDOW_MS = 900_000;
const MOST = 12;
const FAILED = 6;
const MOST_ALIKE = 2;
const READ = 100;

/** Reads the failed and the slowest traces of the last 15 minutes, the failed ones first. */
export async function readTraceRows(
  store: TraceStore,
  nowMs: number,
  name?: string,
): Promise<TraceRows> {
  const of = { fromMs: nowMs - WINDOW_MS, ...(name !== undefined && { name }) };
  const failed = await store.findTraces({ ...of, status: 'error', limit: READ });
  if (!failed.ok) return { rows: [], off: failed.error.message };
  const slow = await store.findTraces({ ...of, order: 'slowest', limit: READ });
  const rows = new Map(varied(failed.value.map(traceRow)).map((it) => [it.id, it]));
  for (const it of slow.ok ? slow.value : []) {
    // Those that failed have their rows, however slow the others of their kind are.
    if (rows.size < MOST && it.status !== 'error') rows.set(it.traceId, traceRow(it));
  }
  return { rows: [...rows.values()] };
}

/** Leaves out what is like several before, so that a frequent failure does not hide a rare one. */
function varied(rows: readonly TraceRow[]): readonly TraceRow[] {
  const counts = new Map<string, number>();
  const isNew = ({ name, failed, detail }: TraceRow) => {
    const key = `${name} ${failed} ${detail}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= MOST_ALIKE;
  };
  return rows.filter(isNew).slice(0, FAILED);
}

function traceRow(trace: StoredTrace): TraceRow {
  const first = trace.root ?? (trace.spans[0] as StoredSpan);
  return {
    id: trace.traceId,
    name: first.name,
    startMs: Math.round(trace.startMs),
    durationMs: Math.round(trace.durationMs * 10) / 10,
    // An error within a request that was answered is one that was handled.
    failed: first.status.code === 'error',
    hasError: trace.status === 'error',
    detail: detailOf(trace, first),
  };
}

function detailOf({ spans }: StoredTrace, { attributes }: StoredSpan): string | undefined {
  const status = attributes['http.response.status_code'];
  const failed = spans.find((it) => it.attributes['error.type'] !== undefined);
  const error = failed?.attributes['error.type'];
  const parts = [status, error].filter((it) => it !== undefined && String(it) !== '');
  const told = [...new Set(parts.map(String))].join(' · ');
  return told === '' ? undefined : told;
}
