import type { AppliedEvents } from './applied-events.js';
import type { PartitionProgress } from './partition-progress.js';

/** How far behind a projection is. */
export interface ProjectionLag {
  /** Age of the oldest unprocessed event. */
  readonly seconds: number | undefined;
  /** Unprocessed events. */
  readonly events: number | undefined;
}

/** What is known besides the tracks. */
export interface LagInputs {
  readonly nowMs: number;
  readonly nowWallMs: number;
  /** Age above which an observation says nothing any more. */
  readonly staleAfterMs: number;
  /** When the last applied event was recorded; NaN when unknown. */
  readonly recordedMs: number;
}

const UNKNOWN: ProjectionLag = { seconds: undefined, events: undefined };
const NONE: ProjectionLag = { seconds: 0, events: 0 };

/** The lag of a projection: the largest of its partitions, and unknown when that of one of them is. */
export function lagOf(tracks: readonly PartitionProgress[], facts: LagInputs): ProjectionLag {
  // Nobody knows which partition the last event was of.
  const recordedMs = tracks.length === 1 ? facts.recordedMs : Number.NaN;
  const lags = tracks.map((it) => lagOfTrack(it, { ...facts, recordedMs }));
  return { seconds: largest(lags, 'seconds'), events: largest(lags, 'events') };
}

/** What handlers alone say of the lag: how old the last event was when it was applied, until the projection idles. */
export function lagOfApplied(
  { appliedAtMs, appliedAtWallMs, recordedMs }: AppliedEvents,
  { nowMs, idleAfterMs }: { readonly nowMs: number; readonly idleAfterMs: number },
): ProjectionLag {
  if (Number.isNaN(appliedAtMs) || Number.isNaN(recordedMs)) return UNKNOWN;
  if (nowMs - appliedAtMs >= idleAfterMs) return { seconds: 0, events: undefined };
  return { seconds: Math.max(0, appliedAtWallMs - recordedMs) / 1000, events: undefined };
}

/** Whether the track's last observation is recent enough to be believed. */
export function isFresh(track: PartitionProgress, nowMs: number, staleAfterMs: number): boolean {
  const observed = track.observation;
  return observed !== undefined && nowMs - observed.askedAtMs <= staleAfterMs;
}

function lagOfTrack(track: PartitionProgress, facts: LagInputs): ProjectionLag {
  const reading = track.observation?.reading;
  if (reading === undefined || !isFresh(track, facts.nowMs, facts.staleAfterMs)) return UNKNOWN;
  const caughtUp = track.isCaughtUp();
  if (caughtUp === undefined) return UNKNOWN;
  if (caughtUp) return NONE;
  const { pendingEvents, oldestPendingMs } = reading;
  const ageMs =
    oldestPendingMs === undefined
      ? newestKnownAge(track, facts)
      : facts.nowWallMs - oldestPendingMs;
  return { seconds: ageMs && Math.max(0, ageMs) / 1000, events: pendingEvents };
}

/** Whatever is unprocessed came after the last processed event, and after the projection was last caught up. */
function newestKnownAge(track: PartitionProgress, facts: LagInputs): number | undefined {
  const { caughtUpAtMs } = track;
  const ages = [
    ...(Number.isNaN(facts.recordedMs) ? [] : [facts.nowWallMs - facts.recordedMs]),
    ...(caughtUpAtMs === undefined ? [] : [facts.nowMs - caughtUpAtMs]),
  ];
  return ages.length === 0 ? undefined : Math.min(...ages);
}

function largest(lags: readonly ProjectionLag[], of: keyof ProjectionLag): number | undefined {
  const values = lags.map((it) => it[of]);
  if (values.length === 0 || values.includes(undefined)) return undefined;
  return Math.max(...(values as number[]));
}
