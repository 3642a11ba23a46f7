import type { Clock } from '../../kernel/clock.js';
import type { HandlingProgress } from '../../kernel/observer.js';
import type { AppliedEvents } from './applied-events.js';
import type { Position, ScalarPosition } from '../position.js';
import { isFresh, lagOf, lagOfApplied, type ProjectionLag } from './projection-lag.js';
import type { ProjectionStateMachine } from './projection-state-machine.js';
import type { ProjectionProgress } from '../projection-progress.js';
import { DEFAULT_LIMIT_MS, type ProjectionSettings } from '../projection-settings.js';
import type { PhaseInputs } from './projection-state.js';
import type { PartitionSet } from './partition-set.js';
import type { ReadFailures } from './read-failures.js';

/** Dependencies of a {@link ProgressCalculator}. */
export interface ProgressCalculatorDeps {
  readonly name: string;
  readonly clock: Clock;
  readonly periodMs: number;
  readonly tracks: PartitionSet;
  readonly life: ProjectionStateMachine;
  readonly failures: ReadFailures;
  readonly applied: AppliedEvents;
  settings(): ProjectionSettings;
}

// Number of periods without an answer after which observations expire.
const STALE_PERIODS = 3;

/** Computes the progress of a projection at the current time from everything known about it. */
export class ProgressCalculator {
  readonly #deps: ProgressCalculatorDeps;
  #beganAtMs: number;
  #polledAtMs: number | undefined;

  constructor(deps: ProgressCalculatorDeps) {
    this.#deps = deps;
    this.#beganAtMs = deps.clock.monotonicMs();
  }

  /** Restarts the time limit within which sources must answer. */
  begin(): void {
    this.#beganAtMs = this.#nowMs();
    this.#polledAtMs = undefined;
  }

  /** Restarts the time limits for polls and for progress. */
  resume(): void {
    if (this.#polledAtMs !== undefined) this.polled();
    for (const track of this.#deps.tracks.list()) track.resume(this.#nowMs());
  }

  /** Records an iteration of the feeding loop. */
  polled(): void {
    this.#polledAtMs = this.#nowMs();
  }

  /** Returns the current progress. */
  progress(owned: boolean): ProjectionProgress {
    const { name, life, applied, tracks, failures } = this.#deps;
    const lag = this.#lag();
    return {
      name,
      state: this.#state(),
      owned,
      lagSeconds: lag.seconds,
      lagEvents: lag.events,
      position: this.#position(),
      headPosition: this.#headPosition(),
      lastProcessedMs: Number.isNaN(applied.appliedAtWallMs) ? undefined : applied.appliedAtWallMs,
      headObservedMs: this.#headObservedMs(),
      unreadable: this.isUnreadable(),
      readFailure: failures.first,
      beyondEnd: tracks.isBeyondEnd,
      stalled: this.#isStalled(),
      faultChangedMs: life.fault.changedMs,
      rebuildRatio: life.rebuild?.ratio,
      rebuildRemainingSeconds: life.rebuild?.remainingSeconds(this.#nowMs()),
    };
  }

  /** Returns the progress that a span records. */
  handling(): HandlingProgress {
    const mode = this.#deps.life.rebuild === undefined ? 'live' : 'rebuild';
    return { mode, lagSeconds: this.#lag().seconds };
  }

  /** Inputs of the next phase; `undefined` when nothing new is known. */
  phaseInputs(): PhaseInputs | undefined {
    const { tracks, periodMs } = this.#deps;
    const answers = tracks.list().map((it) => it.isCaughtUp());
    const isKnown = this.#isFresh() && !answers.includes(undefined);
    if (!isKnown) return undefined;
    return {
      caughtUp: !answers.includes(false),
      lagSeconds: this.#lag().seconds,
      hasCheckpoint: tracks.checkpoint !== null,
      periodSeconds: periodMs / 1000,
    };
  }

  /** Returns the number of events left up to the target of a rebuild, over all partitions. */
  pendingToTarget(): number | undefined {
    const counts = this.#deps.tracks.list().map((it) => it.observation?.reading.pendingToTarget);
    if (counts.length === 0 || counts.includes(undefined)) return undefined;
    return (counts as number[]).reduce((sum, it) => sum + it, 0);
  }

  /** With a head source, a fault lasts until the event is applied. */
  #state(): ProjectionProgress['state'] {
    const { life, settings } = this.#deps;
    if (settings().head === undefined) life.fault.expire();
    return life.state;
  }

  #lag(): ProjectionLag {
    const { tracks, applied, clock } = this.#deps;
    const { head, idleAfterMs = DEFAULT_LIMIT_MS } = this.#deps.settings();
    const nowMs = this.#nowMs();
    if (head === undefined) return lagOfApplied(applied, { nowMs, idleAfterMs });
    const { recordedMs } = applied;
    const staleAfterMs = this.#staleAfterMs;
    return lagOf(tracks.list(), { nowMs, nowWallMs: clock.wallMs(), staleAfterMs, recordedMs });
  }

  #position(): Position | undefined {
    const { tracks } = this.#deps;
    const checkpoint = tracks.only === undefined ? tracks.knownCheckpoint : tracks.only.checkpoint;
    return this.#isCheckpointFresh() ? (checkpoint ?? undefined) : undefined;
  }

  /**
   * A checkpoint that a source reads can expire; a checkpoint that the application reports holds until the next report.
   */
  #isCheckpointFresh(): boolean {
    const isRead = this.#deps.settings().checkpoint !== undefined;
    const oldestMs = this.#nowMs() - this.#staleAfterMs;
    return this.#deps.tracks
      .list()
      .every((it) => !(isRead || it.reportsCheckpoint) || it.checkpointAtMs >= oldestMs);
  }

  #headPosition(): Position | undefined {
    const { tracks } = this.#deps;
    if (!this.#isFresh()) return undefined;
    if (tracks.only !== undefined) return tracks.only.observation?.reading.head ?? undefined;
    const heads = tracks.named().map(([name, it]) => [name, it.observation?.reading.head]);
    const known = heads.filter((it): it is [string, ScalarPosition] => it[1] != null);
    return known.length === 0 ? undefined : Object.fromEntries(known);
  }

  #headObservedMs(): number | undefined {
    const times = this.#deps.tracks.list().map((it) => it.observation?.requestedAtWallMs);
    const known = times.filter((it) => it !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Returns true when a configured source has not reported progress for too long. */
  isUnreadable(): boolean {
    const { head, checkpoint } = this.#deps.settings();
    if (this.#nowMs() - this.#beganAtMs <= this.#staleAfterMs) return false;
    if (head !== undefined) return !this.#isFresh();
    const { tracks } = this.#deps;
    const isUnread = tracks.list().length === 0 || !this.#isCheckpointFresh();
    return checkpoint !== undefined && isUnread;
  }

  #isStalled(): boolean {
    const { life, tracks } = this.#deps;
    const { stalledAfterMs = DEFAULT_LIMIT_MS } = this.#deps.settings();
    if (life.isHalted) return false;
    const sinceMs = this.#nowMs() - stalledAfterMs;
    if (this.#polledAtMs !== undefined && this.#polledAtMs <= sinceMs) return true;
    return tracks
      .list()
      .some((it) => this.#isTrackFresh(it) && (it.heldSinceMs ?? Infinity) <= sinceMs);
  }

  #isFresh(): boolean {
    const tracks = this.#deps.tracks.list();
    return tracks.length > 0 && tracks.every((it) => this.#isTrackFresh(it));
  }

  #isTrackFresh(track: ReturnType<PartitionSet['list']>[number]): boolean {
    return isFresh(track, this.#nowMs(), this.#staleAfterMs);
  }

  get #staleAfterMs(): number {
    return STALE_PERIODS * this.#deps.periodMs;
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs();
  }
}
