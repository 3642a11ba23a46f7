import { positionText } from './position.format.js';
import type { ProjectionProgress } from '../../../projections/projection-progress.js';
import type { Readings } from '../../../performance/readings.js';
import { rounded, secondsText, shareText } from '../../quantity.format.js';
import type { Gauges } from '../gauges.js';
import type { LiveMetrics } from '../live-metrics.js';
import type { Note, ProjectionRow } from '../live-state.js';
import { perSlot, recentSeconds, recentSum, type Window } from '../window.js';

/** Source of the rows of projections. */
export interface ProjectionSource {
  readonly readings: Readings;
  readonly window: Window;
  readonly gauges: Gauges;
  readonly names: LiveMetrics;
  /** Progress as the process knows it; none where the metrics of several processes are shown. */
  readonly progress: readonly ProjectionProgress[];
}

const LABEL = 'projection_name';

/** Pace of a projection over the last five minutes. */
interface Pace {
  readonly applied?: number | undefined;
  readonly arriving?: number | undefined;
}

/** Reads the rows of all projections, by name. */
export async function readProjectionRows(source: ProjectionSource): Promise<ProjectionRow[]> {
  const { readings, window, names, gauges, progress } = source;
  const applied = await growthBy(readings, names.projections.processed, window);
  const errors = await growthBy(readings, names.projections.failed, window);
  const states = gauges.all(names.progress.state).filter(({ value }) => value === 1);
  const known = new Map(progress.map((it) => [it.name, it]));
  const all = new Set([
    ...states.map(({ labels }) => labels[LABEL] ?? ''),
    ...known.keys(),
    ...applied.keys(),
  ]);
  const seconds = recentSeconds(window);
  const rows = [...all].toSorted().map(async (name): Promise<ProjectionRow> => {
    const it = known.get(name) ?? progressOf(name, source);
    const labels = { [LABEL]: name };
    const { ticks } = window;
    const lags = await readings.gauge(names.progress.lagSeconds, { ticks, labels, by: 'max' });
    const events = await readings.gauge(names.progress.lagEvents, { ticks, labels, by: 'max' });
    const byTime = new Map(lags.timesMs.map((time, i) => [time, lags.values[i]!]));
    const pace = paceOf(recentSum(window, applied.get(name) ?? []), events, seconds);
    return {
      ...shown(it, pace),
      applied: rounded(pace.applied),
      // What is not known to be behind is not known to arrive.
      arriving: it.unreadable ? undefined : rounded(pace.arriving),
      errors: Math.round(recentSum(window, errors.get(name) ?? [])),
      spark: perSlot(window, (i) => rounded(byTime.get(ticks[i + 1]!)) ?? null).slice(0, -1),
    };
  });
  return await Promise.all(rows);
}

async function growthBy(readings: Readings, metric: string, { ticks }: Window) {
  const byName = new Map<string, Float64Array>();
  for (const { labels, perTick } of await readings.growths(metric, ticks)) {
    const name = labels.get(LABEL);
    const before = byName.get(name);
    byName.set(
      name,
      before === undefined ? perTick.slice() : before.map((it, i) => it + perTick[i]!),
    );
  }
  return byName;
}

/** Events arrive as fast as they are applied, and as the lag grows. */
function paceOf(
  count: number,
  lag: { readonly timesMs: readonly number[]; readonly values: readonly number[] },
  seconds: number,
): Pace {
  if (seconds === 0) return {};
  const applied = count / seconds;
  const [first, last] = [lag.timesMs[0], lag.timesMs.at(-1)];
  if (first === undefined || last === undefined || last === first) return { applied };
  const lastMs = lag.timesMs.at(-1)!;
  const at = Math.max(
    0,
    lag.timesMs.findLastIndex((it) => it <= lastMs - seconds * 1_000),
  );
  const grown = lag.values.at(-1)! - lag.values[at]!;
  return {
    applied,
    arriving: Math.max(0, applied + grown / ((lastMs - lag.timesMs[at]!) / 1_000)),
  };
}

/** Returns the progress that the metrics show. */
function progressOf(name: string, { gauges, names }: ProjectionSource): ProjectionProgress {
  const labels = { [LABEL]: name };
  const { progress } = names;
  const one = (metric: string) => gauges.one(metric, labels);
  const state = gauges
    .all(progress.state)
    .find(({ labels: of, value }) => of[LABEL] === name && value === 1)?.labels['state'];
  const observed = one(progress.headObserved);
  const lagSeconds = one(progress.lagSeconds);
  const unreadable = observed !== undefined && lagSeconds === undefined && state !== 'rebuilding';
  return {
    name,
    state: (state ?? 'starting') as ProjectionProgress['state'],
    owned: true,
    lagSeconds,
    lagEvents: one(progress.lagEvents),
    position: one(progress.position),
    headPosition: one(progress.headPosition),
    headObservedMs: observed === undefined ? undefined : observed * 1_000,
    unreadable,
    stalled: false,
    rebuildRatio: one(progress.rebuildProgress),
    rebuildRemainingSeconds: one(progress.rebuildRemaining),
  };
}

function shown(
  it: ProjectionProgress,
  pace: Pace,
): Omit<ProjectionRow, 'applied' | 'arriving' | 'errors' | 'spark'> {
  return {
    name: it.name,
    // A restored backup is a fault of its own; what cannot be read is unknown.
    state: it.unreadable && it.state !== 'paused' && !it.beyondEnd ? 'unknown' : it.state,
    lagSeconds: it.unreadable ? undefined : rounded(it.lagSeconds),
    lagEvents: it.unreadable ? undefined : it.lagEvents,
    position: positionText(it.position),
    head: positionText(it.headPosition),
    rebuilt: rounded(it.rebuildRatio),
    remainingSeconds: rounded(it.rebuildRemainingSeconds),
    ...(it.stalled && !it.unreadable && { isStalled: true }),
    note: noteOf(it, pace),
  };
}

function unreadableNote({ readFailure, headObservedMs }: ProjectionProgress): Note {
  if (readFailure === undefined) {
    return { text: 'head or checkpoint not readable', sinceMs: headObservedMs };
  }
  const { source, error, sinceMs } = readFailure;
  return { text: `${source} not readable: ${errorText(error)}`, sinceMs };
}

/** Errors of connections, as they are said. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ETIMEDOUT: 'no answer in time',
  EPIPE: 'connection closed',
  ENOTFOUND: 'host not found',
  EHOSTUNREACH: 'host unreachable',
};

function errorText(error: string): string {
  const code = error.split(' ').find((it) => Object.hasOwn(ERROR_TEXTS, it));
  return code === undefined ? error : ERROR_TEXTS[code]!;
}

function noteOf(it: ProjectionProgress, pace: Pace): Note | undefined {
  if (it.beyondEnd) return { text: 'the checkpoint lies beyond the end of the log' };
  if (it.unreadable) return unreadableNote(it);
  if (it.state === 'faulted') return { text: 'the handler gave up', sinceMs: it.faultChangedMs };
  if (it.state === 'paused') return { text: 'paused; events wait' };
  if (it.rebuildRatio !== undefined) {
    const left = it.rebuildRemainingSeconds;
    const time = left === undefined ? '' : `, about ${secondsText(Math.round(left))} left`;
    return { text: `${shareText(it.rebuildRatio)}${time}` };
  }
  if (it.stalled) return { text: 'behind and does not move', sinceMs: it.lastProcessedMs };
  if (!it.owned) return { text: 'another process runs it' };
  if (it.readFailure)
    return { ...unreadableNote(it), text: `last known: ${unreadableNote(it).text}` };
  const { lagEvents = 0 } = it;
  const { applied = 0, arriving = 0 } = pace;
  if (lagEvents === 0 || it.state !== 'catching_up') return undefined;
  if (applied <= arriving) return { text: 'does not catch up at this rate' };
  const seconds = lagEvents / (applied - arriving);
  return { text: `caught up in about ${secondsText(Math.ceil(seconds))}` };
}
