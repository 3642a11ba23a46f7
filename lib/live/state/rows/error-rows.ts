import type { Readings } from '../../../performance/readings.js';
import type { ErrorRow } from '../live-state.js';
import type { Window } from '../window.js';

/** Reads the errors of the window by source and type, the latest first. */
export async function readErrorRows(
  readings: Readings,
  metric: string,
  { ticks }: Window,
): Promise<ErrorRow[]> {
  const rows = (await readings.growths(metric, ticks)).map(({ labels, total, perTick }) => {
    const last = perTick.findLastIndex((it) => it > 0);
    return {
      source: labels.get('source'),
      type: labels.get('error_type'),
      category: labels.get('category'),
      count: Math.round(total),
      lastMs: last === -1 ? undefined : ticks[last + 1],
    };
  });
  const found = rows.filter(({ count }) => count > 0);
  return found.toSorted((a, b) => (b.lastMs ?? 0) - (a.lastMs ?? 0) || b.count - a.count);
}
