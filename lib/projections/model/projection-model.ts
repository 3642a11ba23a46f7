import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { HandlingProgress } from '../../kernel/observer.js';
import type { HeadAnswer } from '../head-source.js';
import { type Checkpoint, hasReached, type Position } from '../position.js';
import type { ProjectionProgress } from '../projection-progress.js';
import { isFiltered, type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { ProjectionSettings } from '../projection-settings.js';
import { AppliedEvents, Ownership } from './applied-events.js';
import { checkedHeadAnswer, isPartitioned, reportTimes } from './head-answer.js';
import type { ReadTime } from './partition-progress.js';
import { PartitionSet, WHOLE } from './partition-set.js';
import { ReadFailures } from './read-failures.js';
import { ProgressCalculator } from './progress-calculator.js';
import type { HaltCommand, StateTeller } from './projection-state.js';
import { ProjectionStateMachine } from './projection-state-machine.js';

/** Dependencies of a {@link ProjectionModel}. */
export interface ProjectionModelDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Interval between two polls, in milliseconds. */
  readonly periodMs: number;
  /** Called when events start or stop being those of a rebuild. */
  onRebuild(isRebuilding: boolean): void;
  readonly onState?: StateTeller | undefined;
  /** Called when the checkpoint may have moved. */
  onCheckpoint(): void;
}

/** State of one projection from what its sources, handlers and runner pass in. It performs no I/O and has no timer. */
export class ProjectionModel {
  readonly name: string;
  readonly applied: AppliedEvents;
  readonly failures = new ReadFailures();
  /** True while a caller waits for the projection to advance. */
  isAwaited = false;
  readonly #deps: ProjectionModelDeps;
  readonly #tracks = new PartitionSet();
  readonly #state: ProjectionStateMachine;
  readonly #ownership: Ownership;
  readonly #calculator: ProgressCalculator;
  #settings: ProjectionSettings = {};
  /** True when checkpoints are reported, so that applied positions do not count as committed. */
  #isCheckpointReported = false;
  #epoch = 0;

  constructor(name: string, deps: ProjectionModelDeps) {
    this.name = name;
    this.#deps = deps;
    this.#ownership = new Ownership(deps.faults);
    this.#state = new ProjectionStateMachine(deps.clock, deps.onState);
    this.applied = new AppliedEvents(deps.clock);
    const { applied, failures } = this;
    const parts = { tracks: this.#tracks, life: this.#state, applied, failures };
    const settings = () => this.#settings;
    this.#calculator = new ProgressCalculator({ ...deps, name, ...parts, settings });
  }

  /** Current settings. */
  get settings(): ProjectionSettings {
    return this.#settings;
  }

  /** Changes whenever pending readings become obsolete. */
  get epoch(): number {
    return this.#epoch;
  }

  /** True after a stop. */
  get isStopped(): boolean {
    return this.#state.isStopped;
  }

  /** Changes the settings and clears all observations. Omitted settings keep their values. */
  configure(settings: ProjectionSettings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#isCheckpointReported = this.#settings.checkpoint !== undefined;
    this.#forget();
  }

  /** Returns true while this process owns the projection. A change of ownership clears the state. */
  isOwned(): boolean {
    return this.#ownership.check(this.#settings.owner, () => {
      if (this.#state.rebuild !== undefined) this.#deps.onRebuild(false);
      this.#state.release();
      this.applied.clear();
      this.#forget();
    });
  }

  /** Returns the place of a request that begins now in the sequence of reports and requests. */
  nextOrder(): number {
    return this.#tracks.nextOrder();
  }

  /** Returns the scopes to read from the sources, without keys. */
  scopes(): Omit<ProjectionScope, 'key'>[] {
    this.takeApplied();
    const { filter = {}, partitions } = this.#settings;
    const target = this.#state.rebuild?.target;
    const scope = { projection: this.name, filter, ...(target !== undefined && { target }) };
    const at = (checkpoint: Checkpoint | undefined) => checkpoint !== undefined && { checkpoint };
    if (partitions === undefined) return [{ ...scope, ...at(this.#tracks.checkpoint) }];
    return partitions.map((partition) => ({
      ...scope,
      partition,
      ...at(this.#tracks.checkpointOf(partition)),
    }));
  }

  /** Records a checkpoint that a source read. */
  checkpointRead(checkpoint: Checkpoint, requestedAt: ReadTime, partition?: string): void {
    this.#moved(this.#tracks.read(checkpoint, requestedAt, partition));
  }

  /** Records a head that a source read. @returns The problem of an invalid answer. */
  headRead(
    answer: HeadAnswer | undefined,
    requestedAt: ReadTime,
    { partition, checkpoint: counted }: Pick<ProjectionScope, 'partition' | 'checkpoint'>,
  ): Unreadable | undefined {
    const checked = checkedHeadAnswer(answer);
    if (checked instanceof Unreadable) return checked;
    reportTimes(checked, this.#deps.clock.wallMs(), this.#deps.faults);
    const context = { requestedAt, counted, isFiltered: isFiltered(this.#settings) };
    const wentBack = isPartitioned(checked)
      ? this.#tracks.observeAll(checked, context)
      : this.#tracks.observe(partition ?? WHOLE, checked, context);
    this.#isCheckpointReported ||= this.#tracks.list().some((it) => it.reportsCheckpoint);
    this.#moved(wentBack, this.#calculator.pendingToTarget());
    return undefined;
  }

  /** Records a checkpoint that the application committed. */
  commit(checkpoint: Checkpoint, partition?: string): void {
    this.#isCheckpointReported = true;
    this.#moved(this.#tracks.commit(checkpoint, this.#deps.clock.monotonicMs(), partition));
  }

  /** Records a completed handler call. */
  succeeded(): void {
    this.#state.faulted(false);
    this.applied.succeeded();
    if (this.#settings.head === undefined) this.#state.handledUnobserved();
    if (this.isAwaited) this.takeApplied();
  }

  /** Treats applied positions as committed, unless checkpoints are reported. */
  takeApplied(): void {
    const position = this.applied.takePosition();
    if (position === undefined || this.#isCheckpointReported) return;
    const { appliedAtMs, recordedMs } = this.applied;
    this.#moved(this.#tracks.commit(position, appliedAtMs));
    // The event at this position is the last one that was applied, even if the checkpoint moved back to it.
    this.applied.recordedMs = recordedMs;
    if (this.#settings.head === undefined) this.#state.handledUnobserved();
  }

  /** Records that a handler gave up, or that the failure was left behind. */
  faulted(isFaulted: boolean): void {
    this.#state.faulted(isFaulted);
  }

  /** Marks the projection as paused or stopped. */
  halt(command: HaltCommand): void {
    this.#state.halt(command);
  }

  /** Marks the projection as running again. */
  resume(): void {
    this.#state.resume();
    this.#calculator.resume();
  }

  /** Records an iteration of the feeding loop. */
  polled(): void {
    this.#calculator.polled();
  }

  /** Starts a rebuild up to a fixed target. */
  beginRebuild(target: Position): void {
    this.#state.beginRebuild(target);
    this.#deps.onRebuild(true);
  }

  /** Ends the rebuild. */
  completeRebuild(): void {
    if (this.#state.rebuild === undefined) return;
    this.#state.endRebuild(this.#settings.head === undefined ? 'live' : 'catching_up');
    this.#deps.onRebuild(false);
    this.#evaluate();
  }

  /** Returns true while applied events may be of any age. */
  isReplaying(): boolean {
    const { rebuild, isReplay, isStarting } = this.#state;
    if (rebuild !== undefined || isReplay) return true;
    // The first events may precede the first reading of the head.
    return this.#settings.head !== undefined && isStarting && !this.#calculator.isUnreadable();
  }

  /** Returns true when a position is applied; `undefined` when unknown. */
  hasReached(position: Position): boolean | undefined {
    const { knownCheckpoint: checkpoint, isBeyondEnd } = this.#tracks;
    return checkpoint === undefined || isBeyondEnd ? undefined : hasReached(checkpoint, position);
  }

  /** Returns the progress that a span records. */
  handling(): HandlingProgress {
    return this.#calculator.handling();
  }

  /** Returns the current progress. */
  progress(): ProjectionProgress {
    const owned = this.isOwned();
    this.takeApplied();
    return this.#calculator.progress(owned);
  }

  #forget(): void {
    this.#epoch++;
    this.#tracks.clear(this.#settings.partitions);
    this.failures.clear();
    this.#calculator.begin();
    this.#state.beyondEnd(false);
  }

  #moved(wentBack: boolean, pendingToTarget?: number): void {
    if (wentBack) {
      // The age of the last event does not apply once a projection restarts from an earlier position.
      this.applied.forgetTime();
      this.#state.wentBack(this.#settings.head !== undefined);
    }
    this.#deps.onCheckpoint();
    this.#evaluate(pendingToTarget);
  }

  #evaluate(pendingToTarget?: number): void {
    const { checkpoint } = this.#tracks;
    this.#state.beyondEnd(this.#tracks.isBeyondEnd);
    const nowMs = this.#deps.clock.monotonicMs();
    if (checkpoint !== undefined && this.#state.advance(checkpoint, pendingToTarget, nowMs)) {
      this.completeRebuild();
      return;
    }
    const inputs = this.#calculator.phaseInputs();
    if (inputs !== undefined) this.#state.observed(inputs);
  }
}
