import { type Checkpoint, hasReached, isSamePosition, isVector } from '../position.js';
import type { HeadReading } from '../head-source.js';

interface Observation {
  readonly reading: HeadReading;
  /** Monotonic time of the request. */
  readonly requestedAtMs: number;
  /** Unix time of the request. */
  readonly requestedAtWallMs: number;
  /** True when the checkpoint that the source counted from had reached the head. */
  readonly caughtUp: boolean | undefined;
}

/** Time of a request to a source. */
export interface ReadTime {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Progress of a projection in one log: its head, its checkpoint, and the times of their last changes. */
export class PartitionProgress {
  #checkpoint: Checkpoint | undefined;
  #checkpointAtMs = -Infinity;
  #observation: Observation | undefined;
  #heldSinceMs: number | undefined;
  #caughtUpAtMs: number | undefined;

  /** Last known checkpoint; `undefined` when unknown. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** Monotonic time of the last checkpoint report. */
  get checkpointAtMs(): number {
    return this.#checkpointAtMs;
  }

  /** Monotonic time up to which all recorded events are known to be applied. */
  get caughtUpAtMs(): number | undefined {
    return this.#caughtUpAtMs;
  }

  /**
   * Monotonic time since which the projection has been behind at the current checkpoint; `undefined` when it is not
   * behind.
   */
  get heldSinceMs(): number | undefined {
    return this.#heldSinceMs;
  }

  /** True when the head source also reads the checkpoint. */
  get reportsCheckpoint(): boolean {
    return this.#observation?.reading.checkpoint !== undefined;
  }

  /** Last answer of the head source. */
  get observation(): Observation | undefined {
    return this.#observation;
  }

  /**
   * Records a committed checkpoint.
   *
   * @returns True when the checkpoint moved back: the projection restarts, and earlier observations no longer apply.
   */
  commit(checkpoint: Checkpoint, nowMs: number): boolean {
    const before = this.#checkpoint;
    const moved = before === undefined || !isSamePosition(before, checkpoint);
    const wentBack = moved && isBefore(checkpoint, before);
    this.#checkpoint = checkpoint;
    this.#checkpointAtMs = nowMs;
    if (wentBack) this.#caughtUpAtMs = undefined;
    if (moved && this.#heldSinceMs !== undefined) this.#heldSinceMs = nowMs;
    this.#judge(nowMs);
    return wentBack;
  }

  /** @param counted - Checkpoint that the source counted from; `undefined` when only the source knows it. */
  observe(reading: HeadReading, counted: Checkpoint | undefined, requestedAt: ReadTime): void {
    const { monotonicMs: requestedAtMs, wallMs: requestedAtWallMs } = requestedAt;
    const caughtUp = isCaughtUp(reading, counted);
    this.#observation = { reading, requestedAtMs, requestedAtWallMs, caughtUp };
    this.#judge(requestedAtMs);
  }

  /** Restarts the stall clock after an intended pause. */
  resume(nowMs: number): void {
    if (this.#heldSinceMs !== undefined) this.#heldSinceMs = nowMs;
  }

  /** Returns true when everything up to the head is applied; `undefined` when unknown. */
  isCaughtUp(): boolean | undefined {
    const observed = this.#observation;
    if (observed === undefined) return undefined;
    const { head } = observed.reading;
    const checkpoint = this.#checkpoint;
    // The checkpoint may have moved since the source counted.
    const reached =
      head !== null && checkpoint !== undefined && hasReached(checkpoint, head) === true;
    return reached || observed.caughtUp;
  }

  #judge(nowMs: number): void {
    const caughtUp = this.isCaughtUp();
    if (caughtUp === true) {
      this.#heldSinceMs = undefined;
      // Events recorded after the request are not known yet.
      this.#caughtUpAtMs = this.#observation?.requestedAtMs;
    } else if (caughtUp === false) this.#heldSinceMs ??= nowMs;
  }
}

function isCaughtUp(
  { head, pendingEvents }: HeadReading,
  counted: Checkpoint | undefined,
): boolean | undefined {
  if (head === null || pendingEvents === 0) return true;
  if (counted === undefined) return pendingEvents === undefined ? undefined : false;
  return isVector(counted) ? undefined : hasReached(counted, head);
}

function isBefore(checkpoint: Checkpoint, other: Checkpoint | undefined): boolean {
  if (other === undefined || other === null) return false;
  return checkpoint === null || hasReached(checkpoint, other) === false;
}
