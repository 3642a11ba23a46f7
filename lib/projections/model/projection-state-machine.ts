import type { Checkpoint, Position } from '../position.js';
import { nextPhase, type PhaseInputs, type ProjectionPhase } from './projection-state.js';
import type { ProjectionState } from './projection-state.js';
import { Rebuild } from './rebuild.js';

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
