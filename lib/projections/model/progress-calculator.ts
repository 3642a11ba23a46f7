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

/** What a {@link ProgressCalculator} looks at. */
export interface ProgressCalculatorDeps {
  readonly name: string;
  readonly clock: Clock;
  readonly periodMs: number;
  readonly tracks: PartitionSet;
  readonly life: ProjectionStateMachine;
  readonly applied: AppliedEvents;
  settings(): ProjectionSettings;
}

// Longer than this many periods without an answer, and nothing is known any more.
const STALE_PERIODS = 3;

/** What everything known of a projection comes to at a time of the clock. */
export class ProgressCalculator {
  readonly #parts: ProgressCalculatorDeps;
  #beganAtMs: number;
  #polledAtMs: number | undefined;

  constructor(parts: ProgressCalculatorDeps) {
    this.#parts = parts;
    this.#beganAtMs = parts.clock.monotonicMs();
  }

  /** Sources have a while to answer from now on. */
  begin(): void {
    this.#beganAtMs = this.#nowMs();
    this.#polledAtMs = undefined;
  }

  /** The loop has a while to turn from now on. */
  resume(): void {
    if (this.#polledAtMs !== undefined) this.polled();
    for (const track of this.#parts.tracks.list()) track.resume(this.#nowMs());
  }

  /** The loop turned. */
  polled(): void {
    this.#polledAtMs = this.#nowMs();
  }

  /** Everything. */
  progress(owned: boolean): ProjectionProgress {
    const { name, life, applied } = this.#parts;
    const lag = this.#lag();
    return {
      name,
      state: life.state,
      owned,
      lagSeconds: lag.seconds,
      lagEvents: lag.events,
      position: this.#position(),
      headPosition: this.#headPosition(),
      lastProcessedMs: Number.isNaN(applied.appliedAtWallMs) ? undefined : applied.appliedAtWallMs,
      headObservedMs: this.#headObservedMs(),
      unreadable: this.isUnreadable(),
      stalled: this.#isStalled(),
      rebuildRatio: life.rebuild?.ratio,
      rebuildRemainingSeconds: life.rebuild?.remainingSeconds(this.#nowMs()),
    };
  }

  /** What a span tells. */
  handling(): HandlingProgress {
    const mode = this.#parts.life.rebuild === undefined ? 'live' : 'rebuild';
    return { mode, lagSeconds: this.#lag().seconds };
  }

  /** What the next phase depends on; `undefined` when nothing new is known. */
  phaseFacts(): PhaseInputs | undefined {
    const { tracks, periodMs } = this.#parts;
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

  /** Events left up to the target of a rebuild, over all partitions. */
  pendingToTarget(): number | undefined {
    const counts = this.#parts.tracks.list().map((it) => it.observation?.reading.pendingToTarget);
    if (counts.length === 0 || counts.includes(undefined)) return undefined;
    return (counts as number[]).reduce((sum, it) => sum + it, 0);
  }

  #lag(): ProjectionLag {
    const { tracks, applied, clock } = this.#parts;
    const { head, idleAfterMs = DEFAULT_LIMIT_MS } = this.#parts.settings();
    const nowMs = this.#nowMs();
    if (head === undefined) return lagOfApplied(applied, { nowMs, idleAfterMs });
    const { recordedMs } = applied;
    const staleAfterMs = this.#staleAfterMs;
    return lagOf(tracks.list(), { nowMs, nowWallMs: clock.wallMs(), staleAfterMs, recordedMs });
  }

  #position(): Position | undefined {
    const { tracks } = this.#parts;
    const checkpoint = tracks.only === undefined ? tracks.knownCheckpoint : tracks.only.checkpoint;
    return this.#isCheckpointFresh() ? (checkpoint ?? undefined) : undefined;
  }

  /** One that a source reads may be old; what the application says holds until it says something else. */
  #isCheckpointFresh(): boolean {
    const isRead = this.#parts.settings().checkpoint !== undefined;
    const oldestMs = this.#nowMs() - this.#staleAfterMs;
    return this.#parts.tracks
      .list()
      .every((it) => !(isRead || it.tellsCheckpoint) || it.checkpointAtMs >= oldestMs);
  }

  #headPosition(): Position | undefined {
    const { tracks } = this.#parts;
    if (!this.#isFresh()) return undefined;
    if (tracks.only !== undefined) return tracks.only.observation?.reading.head ?? undefined;
    const heads = tracks.entries().map(([name, it]) => [name, it.observation?.reading.head]);
    const known = heads.filter((it): it is [string, ScalarPosition] => it[1] != null);
    return known.length === 0 ? undefined : Object.fromEntries(known);
  }

  #headObservedMs(): number | undefined {
    const times = this.#parts.tracks.list().map((it) => it.observation?.askedAtWallMs);
    const known = times.filter((it) => it !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Whether a source that should tell how far the projection is has not done so for too long. */
  isUnreadable(): boolean {
    const { head, checkpoint } = this.#parts.settings();
    if (this.#nowMs() - this.#beganAtMs <= this.#staleAfterMs) return false;
    if (head !== undefined) return !this.#isFresh();
    const { tracks } = this.#parts;
    const isUnread = tracks.list().length === 0 || !this.#isCheckpointFresh();
    return checkpoint !== undefined && isUnread;
  }

  #isStalled(): boolean {
    const { life, tracks } = this.#parts;
    const { stalledAfterMs = DEFAULT_LIMIT_MS } = this.#parts.settings();
    if (life.isHalted) return false;
    const sinceMs = this.#nowMs() - stalledAfterMs;
    if (this.#polledAtMs !== undefined && this.#polledAtMs <= sinceMs) return true;
    return tracks
      .list()
      .some((it) => this.#isTrackFresh(it) && (it.heldSinceMs ?? Infinity) <= sinceMs);
  }

  #isFresh(): boolean {
    const tracks = this.#parts.tracks.list();
    return tracks.length > 0 && tracks.every((it) => this.#isTrackFresh(it));
  }

  #isTrackFresh(track: ReturnType<PartitionSet['list']>[number]): boolean {
    return isFresh(track, this.#nowMs(), this.#staleAfterMs);
  }

  get #staleAfterMs(): number {
    return STALE_PERIODS * this.#parts.periodMs;
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
