import { type Checkpoint, hasReached, isVector, type Position } from '../position.js';

/** A replay to a frozen target. */
export class Rebuild {
  readonly target: Position;
  #total = 0;
  #remaining: number | undefined;
  #totalAtMs = 0;
  #hasBegun = false;
  #isCounted = false;

  constructor(target: Position) {
    this.target = target;
  }

  /**
   * The projection has committed up to here.
   *
   * @param pending - Events left up to the target, when a source counted them.
   * @returns Whether the target is reached. A checkpoint that has not been seen below it is the one from before.
   */
  advance(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): boolean {
    const reached = hasReached(checkpoint, this.target);
    if (reached === false) this.#hasBegun = true;
    if (!this.#hasBegun || reached === undefined) return false;
    if (!reached) this.#measure(checkpoint, pending, nowMs);
    return reached;
  }

  /** Done share, 0 to 1; `undefined` until it is known how much there is to do. */
  get ratio(): number | undefined {
    if (this.#remaining === undefined || this.#total === 0) return undefined;
    return (this.#total - this.#remaining) / this.#total;
  }

  /** Time that the rest takes at the mean speed so far; `undefined` until it moves. */
  remainingSeconds(nowMs: number): number | undefined {
    if (this.#remaining === undefined) return undefined;
    const done = this.#total - this.#remaining;
    const elapsedMs = nowMs - this.#totalAtMs;
    if (done <= 0 || elapsedMs <= 0) return undefined;
    return (this.#remaining / done) * (elapsedMs / 1000);
  }

  /** The projection may be reset a while after the rebuild was announced: what is left grows once, to all there is. */
  #measure(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): void {
    // Events and distances are not the same: once a source has counted, only counts go on.
    const isFirstCount = pending !== undefined && !this.#isCounted;
    if (isFirstCount) this.#total = 0;
    this.#isCounted ||= isFirstCount;
    const left = this.#isCounted ? pending : distance(checkpoint, this.target);
    if (left === undefined) return;
    this.#remaining = left;
    if (left < this.#total) return;
    this.#total = left;
    this.#totalAtMs = nowMs;
  }
}

/** How much there is between two places of one log, gaps included: good for a share, not for a count. */
function distance(checkpoint: Checkpoint, target: Position): number | undefined {
  if (isVector(target) || isVector(checkpoint)) return undefined;
  const [from, to] = [checkpoint ?? 0, target].map(Number) as [number, number];
  const left = to - from;
  return Number.isFinite(left) && left >= 0 ? left : undefined;
}
