import { type Checkpoint, hasReached, isSamePosition, isVector } from '../position.js';
import type { HeadReading } from '../head-source.js';

interface Observation {
  readonly reading: HeadReading;
  /** When it was asked for, monotonic. */
  readonly askedAtMs: number;
  /** When it was asked for, Unix time. */
  readonly askedAtWallMs: number;
  /** Whether the checkpoint that was counted from had reached the head. */
  readonly caughtUp: boolean | undefined;
}

/** When something was asked for. */
export interface AskedAt {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** One log that a projection follows: where it ends, how far the projection is, and since when. */
export class PartitionProgress {
  #checkpoint: Checkpoint | undefined;
  #checkpointAtMs = -Infinity;
  #observation: Observation | undefined;
  #heldSinceMs: number | undefined;
  #caughtUpAtMs: number | undefined;

  /** The last checkpoint heard of; `undefined` when none was. */
  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  /** When the checkpoint was last heard of, monotonic. */
  get checkpointAtMs(): number {
    return this.#checkpointAtMs;
  }

  /** Until when everything recorded was known to be applied, monotonic. */
  get caughtUpAtMs(): number | undefined {
    return this.#caughtUpAtMs;
  }

  /** Since when the projection has been behind at this very checkpoint, monotonic; `undefined` when it is not behind. */
  get heldSinceMs(): number | undefined {
    return this.#heldSinceMs;
  }

  /** Whether the head source reads the checkpoint itself. */
  get tellsCheckpoint(): boolean {
    return this.#observation?.reading.checkpoint !== undefined;
  }

  /** The last answer of the head source. */
  get observation(): Observation | undefined {
    return this.#observation;
  }

  /**
   * The projection has committed up to here.
   *
   * @returns Whether it went back: it begins anew, and what was known of its past says nothing any more.
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

  /** @param counted - Checkpoint that the source counted from; `undefined` when only the source knows. */
  observe(reading: HeadReading, counted: Checkpoint | undefined, askedAt: AskedAt): void {
    const { monotonicMs: askedAtMs, wallMs: askedAtWallMs } = askedAt;
    const caughtUp = isCaughtUp(reading, counted);
    this.#observation = { reading, askedAtMs, askedAtWallMs, caughtUp };
    this.#judge(askedAtMs);
  }

  /** What held the projection until now was intention. */
  resume(nowMs: number): void {
    if (this.#heldSinceMs !== undefined) this.#heldSinceMs = nowMs;
  }

  /** Whether everything up to the head is applied; `undefined` when nobody knows. */
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
      // What came after the question is not known yet.
      this.#caughtUpAtMs = this.#observation?.askedAtMs;
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
