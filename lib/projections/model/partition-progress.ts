import {
  type Checkpoint,
  hasReached,
  isBeyond,
  isSamePosition,
  isVector,
  type ScalarPosition,
} from '../position.js';
import type { HeadReading } from '../head-source.js';

interface Observation {
  readonly reading: HeadReading;
  /** Monotonic time of the request. */
  readonly requestedAtMs: number;
  /** Unix time of the request. */
  readonly requestedAtWallMs: number;
  /** Order of the request. */
  readonly order: number;
  /** End of the whole log, `null` when it is empty; `undefined` when unknown. */
  readonly end: ScalarPosition | null | undefined;
  /** True when the checkpoint that the source counted from had reached the head. */
  readonly caughtUp: boolean | undefined;
}

/** Time of a checkpoint report. */
export interface CommitTime {
  readonly monotonicMs: number;
  /** Place in the sequence of reports and requests of the projection, which clocks may not tell apart. */
  readonly order: number;
}

/** Time of a request to a source. */
export interface ReadTime extends CommitTime {
  readonly wallMs: number;
}

/** Context of one reading. */
export interface ReadContext {
  readonly requestedAt: ReadTime;
  /** Checkpoint that the source counted from; `undefined` when only the source knows it. */
  readonly counted: Checkpoint | undefined;
  /** True when the head covers only some of the events. */
  readonly isFiltered: boolean;
}

/** Progress of a projection in one log: its head, its checkpoint, and the times of their last changes. */
export class PartitionProgress {
  #checkpoint: Checkpoint | undefined;
  #checkpointAtMs = -Infinity;
  #reportedOrder = -Infinity;
  #movedOrder = -Infinity;
  #wentBackOrder = -Infinity;
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

  /** Order of the last checkpoint report. */
  get reportedOrder(): number {
    return this.#reportedOrder;
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
   * @returns True when the checkpoint moved back: answers to earlier requests no longer apply.
   */
  commit(checkpoint: Checkpoint, { monotonicMs: nowMs, order }: CommitTime): boolean {
    const before = this.#checkpoint;
    const moved = before === undefined || !isSamePosition(before, checkpoint);
    const wentBack = moved && isBefore(checkpoint, before);
    this.#checkpoint = checkpoint;
    this.#checkpointAtMs = nowMs;
    this.#reportedOrder = order;
    if (moved) this.#movedOrder = order;
    if (wentBack) {
      this.#wentBackOrder = order;
      this.#caughtUpAtMs = undefined;
      this.#heldSinceMs = undefined;
    }
    if (moved && this.#heldSinceMs !== undefined) this.#heldSinceMs = nowMs;
    this.#judge(nowMs);
    return wentBack;
  }

  /** Records the answer of the head source. */
  observe(reading: HeadReading, { requestedAt, counted, isFiltered }: ReadContext): void {
    const { monotonicMs: requestedAtMs, wallMs: requestedAtWallMs, order } = requestedAt;
    const caughtUp = isCaughtUp(reading, counted);
    // The source counted from a place that the checkpoint, as reported since, is behind.
    if (this.#reportedOrder > order && isBefore(this.#checkpoint, counted))
      this.#wentBackOrder = this.#reportedOrder;
    const end = reading.end === undefined && !isFiltered ? reading.head : reading.end;
    this.#observation = { reading, requestedAtMs, requestedAtWallMs, order, end, caughtUp };
    this.#judge(requestedAtMs);
  }

  /** Restarts the stall clock after an intended pause. */
  resume(nowMs: number): void {
    if (this.#heldSinceMs !== undefined) this.#heldSinceMs = nowMs;
  }

  /**
   * True when the checkpoint lies beyond the end of the log and did so before the end was read: the log is another one.
   */
  get isBeyondEnd(): boolean {
    const observed = this.#validObservation;
    const end = observed?.end;
    const checkpoint = this.#checkpoint;
    if (observed === undefined || end === undefined || checkpoint === undefined) return false;
    return this.#movedOrder <= observed.order && isBeyond(checkpoint, end);
  }

  /** Returns true when everything up to the head is applied; `undefined` when unknown. */
  isCaughtUp(): boolean | undefined {
    const observed = this.#validObservation;
    if (observed === undefined || this.isBeyondEnd) return undefined;
    const { head } = observed.reading;
    const checkpoint = this.#checkpoint;
    // The checkpoint may have moved since the source counted.
    const reached =
      head !== null && checkpoint !== undefined && hasReached(checkpoint, head) === true;
    return reached || observed.caughtUp;
  }

  /** Last answer to a request that began after the checkpoint last moved back. */
  get #validObservation(): Observation | undefined {
    const observed = this.#observation;
    return observed === undefined || observed.order < this.#wentBackOrder ? undefined : observed;
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

function isBefore(checkpoint: Checkpoint | undefined, other: Checkpoint | undefined): boolean {
  if (checkpoint === undefined || other === undefined || other === null) return false;
  return checkpoint === null || hasReached(checkpoint, other) === false;
}
