import type { CallDetails } from '../../http/call-details.js';
import { numberText, secondsText } from '../../quantity.format.js';
import { el, svg } from '../dom.js';
import { timeText } from '../words.js';

const CELL = { width: 10, height: 12 };
const FAINTEST = 0.12;

/** Draws how many calls took how long, minute by minute: the darker, the more. */
export function heatmap({ heat, bounds, startMs, stepMs }: CallDetails): HTMLElement {
  const used = usedRows(heat);
  const calls = heat.reduce((sum, it) => sum + (it?.reduce((a, b) => a + b, 0) ?? 0), 0);
  if (used.length === 0) return el('p', { class: 'hint' }, 'No call in the last hour.');
  const most = Math.max(...heat.flatMap((it) => it ?? []));
  const [width, height] = [heat.length * CELL.width, used.length * CELL.height];
  const root = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    class: 'heat',
    role: 'img',
    'aria-label': `${numberText(calls)} calls by duration over the last hour`,
  });
  for (const [minute, counts] of heat.entries()) {
    for (const [row, bucket] of used.entries()) {
      const count = counts?.[bucket] ?? 0;
      if (count === 0) continue;
      const cell = svg('rect', {
        x: minute * CELL.width,
        y: height - (row + 1) * CELL.height,
        width: CELL.width - 1,
        height: CELL.height - 1,
        'fill-opacity': (FAINTEST + (1 - FAINTEST) * (count / most)).toFixed(2),
      });
      const title = svg('title', {});
      title.textContent = `${timeText(startMs + minute * stepMs)} · ${rangeText(bounds, bucket)} · ${numberText(count)} calls`;
      cell.append(title);
      root.append(cell);
    }
  }
  const labels = used.toReversed().map((it) => el('span', {}, rangeText(bounds, it)));
  return el(
    'div',
    { class: 'heatmap' },
    el('div', { class: 'heat-labels muted' }, ...labels),
    root,
  );
}

/** From the lowest to the highest bucket that has calls. */
function usedRows(heat: CallDetails['heat']): number[] {
  const filled = heat.flatMap((it) => it?.flatMap((count, i) => (count > 0 ? [i] : [])) ?? []);
  if (filled.length === 0) return [];
  const first = filled.reduce((a, b) => Math.min(a, b));
  const last = filled.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function rangeText(bounds: readonly number[], bucket: number): string {
  const upper = bounds[bucket];
  return upper === undefined ? `> ${secondsText(bounds.at(-1))}` : `≤ ${secondsText(upper)}`;
}
