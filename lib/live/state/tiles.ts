import { median } from '../../performance/statistics.js';
import { rateText, rounded, secondsText, shareText, bytesText } from '../quantity.format.js';
import type { Gauges } from './gauges.js';
import type { LiveMetrics } from './live-metrics.js';
import type { CallRow, Hour, ProjectionRow, Tile, TileName } from './live-state.js';

/** Source of the five numbers. */
export interface TileSource {
  readonly hour: Hour;
  readonly commands: readonly CallRow[];
  readonly projections: readonly ProjectionRow[];
  readonly gauges: Gauges;
  readonly names: LiveMetrics;
  /** 95th percentile of all commands of the last five minutes. */
  readonly p95: number | undefined;
}

/** Smallest change that is worth a word, by tile, and the smallest ratio. */
const FLOORS: Readonly<Record<TileName, number>> = {
  rate: 0.5,
  failing: 0.01,
  p95: 0.02,
  oldest: 5,
  loop: 0.02,
};
const RATIO = 1.3;
const MIN_POINTS = 8;

/** Returns the five numbers. */
export function tilesOf(source: TileSource): Tile[] {
  const { hour, commands, gauges, names } = source;
  const calls = commands.reduce((sum, it) => sum + it.calls, 0);
  const failed = commands.reduce((sum, it) => sum + it.calls * (it.failing ?? 0), 0);
  const rejected = commands.reduce((sum, it) => sum + it.rate * (it.rejected ?? 0), 0);
  const oldest = oldestOf(source.projections);
  const rate = commands.length === 0 ? undefined : commands.reduce((sum, it) => sum + it.rate, 0);
  const loop = gauges.one(names.loopDelay, { quantile: '0.99' });
  const use = gauges.one(names.loopUse);
  const heap = gauges.one(names.memory, { component: 'heap_used' });
  const values: Readonly<Record<TileName, readonly [number | undefined, string]>> = {
    rate: [rate, ''],
    failing: [
      calls === 0 ? undefined : failed / calls,
      rejected > 0 ? `${rateText(rounded(rejected))} rejected, not counted` : '',
    ],
    p95: [source.p95, ''],
    oldest: [oldest.value, oldest.note],
    loop: [
      loop,
      [
        ...(use === undefined ? [] : [`utilization ${shareText(use)}`]),
        ...(heap === undefined ? [] : [`heap ${bytesText(heap)}`]),
      ].join(' · '),
    ],
  };
  return (Object.keys(values) as TileName[]).map((name) => {
    const [value, note] = values[name];
    return { name, value: rounded(value), note, ...changeOf(name, rounded(value), hour) };
  });
}

function oldestOf(rows: readonly ProjectionRow[]): { value: number | undefined; note: string } {
  if (rows.length === 0) return { value: undefined, note: 'no projections' };
  const known = rows.filter(({ lagSeconds }) => lagSeconds !== undefined);
  const unknown = rows.filter(({ state }) => state === 'unknown').map(({ name }) => name);
  const hidden = unknown.length === 0 ? '' : `unknown: ${unknown.join(', ')}`;
  const worst = known.toSorted((a, b) => b.lagSeconds! - a.lagSeconds!)[0];
  if (worst === undefined) return { value: undefined, note: hidden };
  if (worst.lagSeconds === 0) return { value: 0, note: hidden || 'all projections caught up' };
  return { value: worst.lagSeconds, note: [worst.name, ...(hidden ? [hidden] : [])].join(' · ') };
}

/** Compares the value with that of the hour before, and finds when it left it. */
function changeOf(
  name: TileName,
  value: number | undefined,
  { points, startMs, stepMs }: Hour,
): Pick<Tile, 'before' | 'changedMs'> {
  // The slot that grows is the value itself.
  const past = points[name].slice(0, -1);
  const known = past.filter((it) => it !== null);
  if (value === undefined || known.length < MIN_POINTS) return {};
  const before = median(known);
  const differs = (it: number) =>
    Math.abs(it - before) > FLOORS[name] && Math.max(it, before) > RATIO * Math.min(it, before);
  if (!differs(value)) return {};
  const last = past.findLastIndex((it) => it !== null && !differs(it));
  return { before: rounded(before), changedMs: startMs + (last + 1) * stepMs };
}

/** Returns a tile in words, for the verdict. */
export function tileText({ name, value }: Tile): string {
  if (name === 'rate') return rateText(value);
  return name === 'failing' ? shareText(value) : secondsText(value);
}
