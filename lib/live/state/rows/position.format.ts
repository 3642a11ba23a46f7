import type { Position, ScalarPosition } from '../../../projections/position.js';

const MOST = 3;

/** Returns a position with separators of thousands; that of several partitions as a list. */
export function positionText(position: Position | undefined): string | undefined {
  if (position === undefined) return undefined;
  if (typeof position !== 'object') return scalarText(position);
  const all = Object.entries(position);
  const shown = all.slice(0, MOST).map(([name, it]) => `${name}: ${scalarText(it)}`);
  return [...shown, ...(all.length > MOST ? [`${all.length - MOST} more`] : [])].join(', ');
}

function scalarText(position: ScalarPosition): string {
  const text = String(position);
  return /^\d{4,15}$/.test(text) ? Number(text).toLocaleString('en-US') : text;
}
