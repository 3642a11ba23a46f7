import {
  childrenOf,
  type Expression,
  type Subquery,
  type VectorSelector,
} from '../language/expression.js';
import type { SampleSeries, SeriesSelection, SeriesSource } from '../series-source.js';
import { emptyFrame, type Frame, type Grid, gridOf, type Steps } from './frame.js';
import { endOf, fixedTimeOf, type QueryContext } from './query-context.js';

/** Returns the index of the first time that is later than `ms`. */
export function indexAfter(timesMs: Readonly<Float64Array>, ms: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesMs[middle]! <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the times at which a subquery evaluates its body: multiples of its step, so that results are stable. */
export function subqueryGrid(
  { rangeMs, offsetMs, at, stepMs: own }: Subquery,
  outer: Grid,
  context: Pick<QueryContext, 'grid' | 'subqueryStepMs'>,
): Grid {
  const stepMs = own ?? context.subqueryStepMs;
  const fixed = fixedTimeOf(at, context);
  const afterMs = (fixed ?? outer.startMs) - offsetMs - rangeMs;
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs;
  return gridOf(startMs, (fixed ?? endOf(outer)) - offsetMs, stepMs);
}

interface Needed extends SeriesSelection {
  readonly selector: VectorSelector;
}

/** Returns what each selector of an expression reads. */
function neededBy(
  it: Expression,
  grid: Grid,
  context: Omit<QueryContext, 'series' | 'budget'>,
): Needed[] {
  if (it.kind === 'selector') {
    const fixed = fixedTimeOf(it.at, context);
    const fromMs = (fixed ?? grid.startMs) - it.offsetMs - context.lookbackMs;
    const toMs = (fixed ?? endOf(grid)) - it.offsetMs;
    return [{ selector: it, matchers: it.matchers, fromMs, toMs }];
  }
  if (it.kind === 'range') {
    return neededBy(it.selector, grid, { ...context, lookbackMs: it.rangeMs });
  }
  const inner = it.kind === 'subquery' ? subqueryGrid(it, grid, context) : grid;
  if (inner.count === 0) return [];
  return childrenOf(it).flatMap((child) => neededBy(child, inner, context));
}

/**
 * Loads the series of all selectors.
 *
 * @throws QueryError `OBS_QUERY_LIMIT`
 */
export async function loadSeries(
  expression: Expression,
  source: SeriesSource,
  context: Omit<QueryContext, 'series'>,
): Promise<ReadonlyMap<VectorSelector, readonly SampleSeries[]>> {
  const loaded = new Map<VectorSelector, readonly SampleSeries[]>();
  for (const { selector, ...selection } of neededBy(expression, context.grid, context)) {
    const series = await source.select(selection);
    context.budget.checkSeries(series.length);
    context.budget.spend(samplesIn(series, selection));
    loaded.set(selector, series);
  }
  return loaded;
}

function samplesIn(series: readonly SampleSeries[], { fromMs, toMs }: SeriesSelection): number {
  let count = 0;
  for (const { timesMs } of series)
    count += indexAfter(timesMs, toMs) - indexAfter(timesMs, fromMs);
  return count;
}

// Series between two looks at the clock.
const SERIES_PER_YIELD = 32;

/**
 * Evaluates an instant vector selector.
 *
 * @param options - `readsTimes` returns the time of each sample in seconds instead of its value.
 */
export function* selectInstant(
  selector: VectorSelector,
  grid: Grid,
  {
    context,
    readsTimes = false,
  }: { readonly context: QueryContext; readonly readsTimes?: boolean },
): Steps<Frame> {
  const series = context.series.get(selector) ?? [];
  context.budget.spend(series.length * grid.count);
  const frame = emptyFrame(
    series.map(({ labels }) => ({ labels, dropsName: readsTimes })),
    grid.count,
  );
  const fixed = fixedTimeOf(selector.at, context);
  for (const [row, it] of series.entries()) {
    if (row % SERIES_PER_YIELD === 0) yield;
    const cursor = new InstantCursor(it, context.lookbackMs);
    for (let step = 0; step < grid.count; step++) {
      const index = cursor.find((fixed ?? grid.startMs + step * grid.stepMs) - selector.offsetMs);
      if (index === -1) continue;
      const at = row * grid.count + step;
      frame.values[at] = readsTimes ? it.timesMs[index]! / 1_000 : it.values[index]!;
      frame.present[at] = 1;
    }
  }
  return frame;
}

/** Finds the newest sample of a series at times that do not decrease. */
class InstantCursor {
  readonly #timesMs: Readonly<Float64Array>;
  readonly #staleAtMs: readonly number[];
  readonly #lookbackMs: number;
  #next = -1;
  #nextStale = 0;

  constructor({ timesMs, staleAtMs = [] }: SampleSeries, lookbackMs: number) {
    this.#timesMs = timesMs;
    this.#staleAtMs = staleAtMs;
    this.#lookbackMs = lookbackMs;
  }

  /** Returns the index of the sample; -1 for none, a stale one, or one that is too old. */
  find(ms: number): number {
    const times = this.#timesMs;
    if (this.#next === -1) this.#next = indexAfter(times, ms);
    else while (this.#next < times.length && times[this.#next]! <= ms) this.#next++;
    const index = this.#next - 1;
    // The look back excludes its start.
    if (index === -1 || times[index]! <= ms - this.#lookbackMs) return -1;
    const stale = this.#staleAtMs;
    while (this.#nextStale < stale.length && stale[this.#nextStale]! <= ms) this.#nextStale++;
    return this.#nextStale > 0 && stale[this.#nextStale - 1]! > times[index]! ? -1 : index;
  }
}
