import { isEventTime } from '../../kernel/clock.js';
import type { AppliedEvents } from './applied-events.js';
import type { PartitionProgress } from './partition-progress.js';

/** Lag of a projection. */
export interface ProjectionLag {
  /** Age of the oldest unprocessed event, in seconds. */
  readonly seconds: number | undefined;
  /** Number of unprocessed events. */
  readonly events: number | undefined;
}

/** Inputs of the lag besides the partitions. */
export interface LagInputs {
  readonly nowMs: number;
  readonly nowWallMs: number;
  /** Maximum age of a valid observation, in milliseconds. */
  readonly staleAfterMs: number;
  /** Unix time at which the last applied event was recorded; NaN when unknown. */
  readonly recordedMs: number;
}

const UNKNOWN: ProjectionLag = { seconds: undefined, events: undefined };
const NONE: ProjectionLag = { seconds: 0, events: 0 };

/**
 * Returns the lag of a projection: the maximum over its partitions, or unknown when it is unknown for any partition.
 */
export function lagOf(tracks: readonly PartitionProgress[], inputs: LagInputs): ProjectionLag {
  // The partition of the last event is unknown when there are several.
  const recordedMs = tracks.length === 1 ? inputs.recordedMs : Number.NaN;
  const lags = tracks.map((it) => lagOfTrack(it, { ...inputs, recordedMs }));
  return { seconds: largest(lags, 'seconds'), events: largest(lags, 'events') };
}

/**
 * Returns the lag that handlers alone reveal: the age of the last event at the time it was applied, until the
 * projection idles.
 */
export function lagOfApplied(
  { appliedAtMs, appliedAtWallMs, recordedMs }: AppliedEvents,
  { nowMs, idleAfterMs }: { readonly nowMs: number; readonly idleAfterMs: number },
): ProjectionLag {
  if (Number.isNaN(appliedAtMs) || Number.isNaN(recordedMs)) return UNKNOWN;
  if (nowMs - appliedAtMs >= idleAfterMs) return { seconds: 0, events: undefined };
  return { seconds: Math.max(0, appliedAtWallMs - recordedMs) / 1000, events: undefined };
}

/** Returns true while the last observation of the partition is recent enough to be valid. */
export function isFresh(track: PartitionProgress, nowMs: number, staleAfterMs: number): boolean {
  const observed = track.observation;
  return observed !== undefined && nowMs - observed.requestedAtMs <= staleAfterMs;
}

function lagOfTrack(track: PartitionProgress, inputs: LagInputs): ProjectionLag {
  const reading = track.observation?.reading;
  if (reading === undefined || !isFresh(track, inputs.nowMs, inputs.staleAfterMs)) return UNKNOWN;
  const caughtUp = track.isCaughtUp();
  if (caughtUp === undefined) return UNKNOWN;
  if (caughtUp) return NONE;
  const { pendingEvents, oldestPendingMs } = reading;
  const { nowWallMs } = inputs;
  const isKnown = oldestPendingMs !== undefined && isEventTime(oldestPendingMs, nowWallMs);
  const ageMs = isKnown ? nowWallMs - oldestPendingMs : newestKnownAge(track, inputs);
  return { seconds: ageMs && Math.max(0, ageMs) / 1000, events: pendingEvents };
}

/** Every unprocessed event was recorded after the last processed event, and after the projection was last caught up. */
function newestKnownAge(track: PartitionProgress, inputs: LagInputs): number | undefined {
  const { caughtUpAtMs } = track;
  const ages = [
    ...(Number.isNaN(inputs.recordedMs) ? [] : [inputs.nowWallMs - inputs.recordedMs]),
    ...(caughtUpAtMs === undefined ? [] : [inputs.nowMs - caughtUpAtMs]),
  ];
  return ages.length === 0 ? undefined : Math.min(...ages);
}

function largest(lags: readonly ProjectionLag[], of: keyof ProjectionLag): number | undefined {
  const values = lags.map((it) => it[of]);
  if (values.length === 0 || values.includes(undefined)) return undefined;
  return Math.max(...(values as number[]));
}
