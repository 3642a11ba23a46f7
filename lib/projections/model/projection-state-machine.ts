import type { Clock } from '../../kernel/clock.js';
import { type Checkpoint, hasReached, isVector, type Position } from '../position.js';
import { HandlerFault } from './handler-fault.js';
import {
  type HaltCommand,
  nextPhase,
  type PhaseInputs,
  type ProjectionPhase,
  type ProjectionState,
  type StateTeller,
} from './projection-state.js';

/** Replay to a fixed target. */
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
   * Records a committed checkpoint.
   *
   * @param pending - Number of events left up to the target, when a source counted them.
   * @returns True when the target is reached. A checkpoint that was never seen below the target predates the rebuild.
   */
  advance(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): boolean {
    const reached = hasReached(checkpoint, this.target);
    if (reached === false) this.#hasBegun = true;
    if (!this.#hasBegun || reached === undefined) return false;
    if (!reached) this.#measure(checkpoint, pending, nowMs);
    return reached;
  }

  /** Completed share, 0 to 1; `undefined` until the total is known. */
  get ratio(): number | undefined {
    if (this.#remaining === undefined || this.#total === 0) return undefined;
    return (this.#total - this.#remaining) / this.#total;
  }

  /** Returns the time for the rest at the mean speed so far, in seconds; `undefined` until the checkpoint moves. */
  remainingSeconds(nowMs: number): number | undefined {
    if (this.#remaining === undefined) return undefined;
    const done = this.#total - this.#remaining;
    const elapsedMs = nowMs - this.#totalAtMs;
    if (done <= 0 || elapsedMs <= 0) return undefined;
    return (this.#remaining / done) * (elapsedMs / 1000);
  }

  /**
   * Updates the remaining work. A projection may be reset after the rebuild was announced, so the total may grow once.
   */
  #measure(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): void {
    // Event counts and position distances do not mix: once a source has counted, only counts are used.
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

/**
 * Returns the distance between two positions of one log, gaps included: precise enough for a ratio, not for a count.
 */
function distance(checkpoint: Checkpoint, target: Position): number | undefined {
  if (isVector(target) || isVector(checkpoint)) return undefined;
  const [from, to] = [checkpoint ?? 0, target].map(Number) as [number, number];
  const left = to - from;
  return Number.isFinite(left) && left >= 0 ? left : undefined;
}

/** State of a projection, derived from commands and from observed progress. */
export class ProjectionStateMachine {
  #phase: ProjectionPhase = 'starting';
  #command: HaltCommand | undefined;
  /** Fault of the handler. */
  readonly fault: HandlerFault;
  #isBeyondEnd = false;
  #rebuild: Rebuild | undefined;
  #isReplay = false;
  readonly #onState: StateTeller | undefined;
  #told: ProjectionState = 'starting';

  constructor(clock: Clock, onState?: StateTeller) {
    this.fault = new HandlerFault(clock);
    this.#onState = onState;
  }

  /** The running rebuild. */
  get rebuild(): Rebuild | undefined {
    return this.#rebuild;
  }

  /**
   * True while the projection applies events of any age: it has committed nothing yet, or went back and has not been
   * live since.
   */
  get isReplay(): boolean {
    return this.#isReplay;
  }

  /** True until the progress is first observed. */
  get isStarting(): boolean {
    return this.#phase === 'starting';
  }

  /** True while the projection is paused or stopped. */
  get isHalted(): boolean {
    return this.#command !== undefined;
  }

  /** True after a stop. */
  get isStopped(): boolean {
    return this.#command === 'stopped';
  }

  /** Current state. Commands take precedence over faults, and faults over phases. */
  get state(): ProjectionState {
    if (this.#command !== undefined) return this.#command;
    if (this.fault.isPresent || this.#isBeyondEnd) return 'faulted';
    return this.#rebuild === undefined ? this.#phase : 'rebuilding';
  }

  /** {@inheritDoc ProjectionModel.halt} */
  halt(command: HaltCommand): void {
    this.#command = command;
    this.#tell();
  }

  /** {@inheritDoc ProjectionModel.resume} */
  resume(): void {
    this.#command = undefined;
    this.fault.end();
    this.#tell();
  }

  /** Records a failed handler, or a successful one after a failure. */
  faulted(isFaulted: boolean): void {
    if (isFaulted) this.fault.begin();
    else this.fault.end();
    this.#tell();
  }

  /** Records if the checkpoint lies beyond the end of the log. */
  beyondEnd(isBeyondEnd: boolean): void {
    this.#isBeyondEnd = isBeyondEnd;
    this.#tell();
  }

  /** Records that the checkpoint moved back. @param isObserved - True with a head source, which ends the replay. */
  wentBack(isObserved: boolean): void {
    this.#phase = 'starting';
    this.#isReplay = isObserved;
  }

  /** {@inheritDoc ProjectionModel.beginRebuild} */
  beginRebuild(target: Position): void {
    this.#rebuild = new Rebuild(target);
    this.fault.end();
    this.#tell();
  }

  /** @param phase - Phase after the rebuild. */
  endRebuild(phase: ProjectionPhase): void {
    this.#rebuild = undefined;
    this.#phase = phase;
    this.#tell();
  }

  /** @returns True when the running rebuild has reached its target. */
  advance(checkpoint: Checkpoint, pending: number | undefined, nowMs: number): boolean {
    return this.#rebuild?.advance(checkpoint, pending, nowMs) ?? false;
  }

  /** Records observed progress. */
  observed(inputs: PhaseInputs): void {
    this.#phase = nextPhase(this.#phase, inputs);
    if (this.#phase === 'live') this.#isReplay = false;
    else if (!inputs.hasCheckpoint) this.#isReplay = true;
    this.#tell();
  }

  /** Enters the live phase: without a head to compare with, a projection that applies events is live. */
  handledUnobserved(): void {
    this.#phase = 'live';
    this.#tell();
  }

  /** Clears the state when another process takes over. Commands given in this process persist. */
  release(): void {
    this.#phase = 'starting';
    this.fault.end();
    this.#isReplay = false;
    this.#rebuild = undefined;
    this.#told = this.state;
  }

  #tell(): void {
    if (this.#onState === undefined) return;
    const { state } = this;
    if (state === this.#told) return;
    const from = this.#told;
    this.#told = state;
    this.#onState(state, from);
  }
}
