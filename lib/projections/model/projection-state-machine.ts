import { type Checkpoint, hasReached, isVector, type Position } from '../position.js';
import {
  nextPhase,
  type PhaseInputs,
  type ProjectionPhase,
  type ProjectionState,
} from './projection-state.js';

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

/** What a runner may have a projection do besides handling events. */
export type HaltCommand = 'paused' | 'stopped';

/** What a projection is doing, by command and by what happened to it. */
export class ProjectionStateMachine {
  #phase: ProjectionPhase = 'starting';
  #command: HaltCommand | undefined;
  #isFaulted = false;
  #rebuild: Rebuild | undefined;
  #isFirstRun = false;

  /** The rebuild under way. */
  get rebuild(): Rebuild | undefined {
    return this.#rebuild;
  }

  /** Whether it has nothing committed yet, and begins with events of any age. */
  get isFirstRun(): boolean {
    return this.#isFirstRun;
  }

  /** Whether nobody has seen yet how far it is. */
  get isStarting(): boolean {
    return this.#phase === 'starting';
  }

  /** Whether it handles no events by intention. */
  get isHalted(): boolean {
    return this.#command !== undefined;
  }

  /** Whether it was stopped. */
  get isStopped(): boolean {
    return this.#command === 'stopped';
  }

  /** The state: what somebody commanded comes first, then what went wrong. */
  get state(): ProjectionState {
    if (this.#command !== undefined) return this.#command;
    if (this.#isFaulted) return 'faulted';
    return this.#rebuild === undefined ? this.#phase : 'rebuilding';
  }

  /** {@inheritDoc ProjectionModel.halt} */
  halt(command: HaltCommand): void {
    this.#command = command;
  }

  /** {@inheritDoc ProjectionModel.resume} */
  resume(): void {
    this.#command = undefined;
    this.#isFaulted = false;
  }

  /** A handler gave up, or one succeeded again. */
  faulted(isFaulted: boolean): void {
    this.#isFaulted = isFaulted;
  }

  /** {@inheritDoc ProjectionModel.beginRebuild} */
  beginRebuild(target: Position): void {
    this.#rebuild = new Rebuild(target);
    this.#isFaulted = false;
  }

  /** @param phase - The one after the rebuild. */
  endRebuild(phase: ProjectionPhase): void {
    this.#rebuild = undefined;
    this.#phase = phase;
  }

  /** @returns Whether the rebuild under way has reached its target. */
  advance(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): boolean {
    return this.#rebuild?.advance(checkpoint, pending, nowMs) ?? false;
  }

  /** Somebody has looked how far it is. */
  observed(facts: PhaseInputs): void {
    this.#phase = nextPhase(this.#phase, facts);
    if (this.#phase === 'live') this.#isFirstRun = false;
    else if (!facts.hasCheckpoint) this.#isFirstRun = true;
  }

  /** Without a head to compare with, a projection that applies events is live. */
  handledUnobserved(): void {
    this.#phase = 'live';
  }

  /** Another process goes on; what was commanded here stays commanded. */
  release(): void {
    this.#phase = 'starting';
    this.#isFaulted = false;
    this.#isFirstRun = false;
    this.#rebuild = undefined;
  }
}
