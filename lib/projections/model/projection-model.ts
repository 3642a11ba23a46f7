import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { HandlingProgress } from '../../kernel/observer.js';
import type { HeadAnswer } from '../head-source.js';
import { type Checkpoint, hasReached, type Position } from '../position.js';
import type { ProjectionProgress } from '../projection-progress.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { ProjectionSettings } from '../projection-settings.js';
import { AppliedEvents, Ownership } from './applied-events.js';
import { checkedHeadAnswer, isPartitioned, newestClaim } from './head-answer.js';
import type { AskedAt } from './partition-progress.js';
import { PartitionSet, WHOLE } from './partition-set.js';
import { ProgressCalculator } from './progress-calculator.js';
import { type HaltCommand, ProjectionStateMachine } from './projection-state-machine.js';

/** What a {@link ProjectionModel} works with. */
export interface ProjectionModelDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Time between two observations. */
  readonly periodMs: number;
  /** Called when events begin or cease to be those of a rebuild. */
  onRebuild(isRebuilding: boolean): void;
  /** Called when the checkpoint may have moved. */
  onCheckpoint(): void;
}

const FROM_THE_FUTURE = new RangeError('an event was recorded in the future of this clock');

/**
 * What is known of one projection: from its sources, its handlers and its runner. It reads nothing itself and has no
 * timer: everything is told, and asked, at a time of the clock.
 */
export class ProjectionModel {
  readonly name: string;
  readonly applied: AppliedEvents;
  /** Whether somebody waits for it to move on. */
  isAwaited = false;
  readonly #parts: ProjectionModelDeps;
  readonly #tracks = new PartitionSet();
  readonly #life = new ProjectionStateMachine();
  readonly #ownership: Ownership;
  readonly #view: ProgressCalculator;
  #settings: ProjectionSettings = {};
  /** Whether somebody tells what is committed, so that what handlers applied is not taken for it. */
  #isTold = false;
  #epoch = 0;

  constructor(name: string, parts: ProjectionModelDeps) {
    this.name = name;
    this.#parts = parts;
    this.#ownership = new Ownership(parts.faults);
    this.applied = new AppliedEvents(parts.clock);
    const { clock, periodMs } = parts;
    this.#view = new ProgressCalculator({
      name,
      clock,
      periodMs,
      tracks: this.#tracks,
      life: this.#life,
      applied: this.applied,
      settings: () => this.#settings,
    });
  }

  /** How it is observed. */
  get settings(): ProjectionSettings {
    return this.#settings;
  }

  /** Changes when what was asked before is of no use any more. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether it was stopped. */
  get isStopped(): boolean {
    return this.#life.isStopped;
  }

  /** Changes how it is observed; what is not named stays, and what was observed is forgotten. */
  configure(settings: ProjectionSettings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#isTold = this.#settings.checkpoint !== undefined;
    this.#forget();
  }

  /** Whether this process owns it. When that changes, what is known is forgotten: another process has moved it on. */
  isOwned(): boolean {
    return this.#ownership.check(this.#settings.owner, () => {
      if (this.#life.rebuild !== undefined) this.#parts.onRebuild(false);
      this.#life.release();
      this.applied.clear();
      this.#forget();
    });
  }

  /** What to ask sources about, without keys. */
  scopes(): Omit<ProjectionScope, 'key'>[] {
    this.takeApplied();
    const { filter = {}, partitions } = this.#settings;
    const target = this.#life.rebuild?.target;
    const scope = { projection: this.name, filter, ...(target !== undefined && { target }) };
    const at = (checkpoint: Checkpoint | undefined) => checkpoint !== undefined && { checkpoint };
    if (partitions === undefined) return [{ ...scope, ...at(this.#tracks.checkpoint) }];
    return partitions.map((partition) => ({
      ...scope,
      partition,
      ...at(this.#tracks.checkpointOf(partition)),
    }));
  }

  /** Takes a checkpoint that a source read. */
  checkpointRead(checkpoint: Checkpoint, askedAt: AskedAt, partition = WHOLE): void {
    this.#moved(this.#tracks.read(checkpoint, askedAt, partition));
    this.#evaluate();
  }

  /** Takes where a source says that the log ends. @returns What is wrong with the answer, if anything is. */
  headRead(
    answer: HeadAnswer | undefined,
    askedAt: AskedAt,
    { partition = WHOLE, checkpoint: counted }: Pick<ProjectionScope, 'partition' | 'checkpoint'>,
  ): Unreadable | undefined {
    const checked = checkedHeadAnswer(answer);
    if (checked instanceof Unreadable) return checked;
    const wentBack = isPartitioned(checked)
      ? this.#tracks.observeAll(checked, { askedAt, counted })
      : this.#tracks.observe(partition, checked, { askedAt, counted });
    this.#isTold ||= this.#tracks.list().some((it) => it.tellsCheckpoint);
    if (newestClaim(checked) > this.#parts.clock.wallMs())
      this.#parts.faults.report('clock_skew', FROM_THE_FUTURE);
    this.#moved(wentBack);
    this.#evaluate(this.#view.pendingToTarget());
    return undefined;
  }

  /** The application says what is committed. */
  commit(checkpoint: Checkpoint, partition?: string): void {
    this.#isTold = true;
    this.#commit(checkpoint, this.#parts.clock.monotonicMs(), partition);
  }

  /** A call of a handler returned. */
  succeeded(): void {
    this.#life.faulted(false);
    this.applied.succeeded();
    if (this.#settings.head === undefined) this.#life.handledUnobserved();
    if (this.isAwaited) this.takeApplied();
  }

  /** Takes what handlers applied for committed, unless somebody tells what is. */
  takeApplied(): void {
    const position = this.applied.takePosition();
    if (position !== undefined && !this.#isTold) {
      this.#commit(position, this.applied.appliedAtMs);
    }
  }

  /** A handler gave up, or what it gave up on is left behind. */
  faulted(isFaulted: boolean): void {
    this.#life.faulted(isFaulted);
  }

  /** The projection handles no events, by intention. */
  halt(command: HaltCommand): void {
    this.#life.halt(command);
  }

  /** The projection handles events again. */
  resume(): void {
    this.#life.resume();
    this.#view.resume();
  }

  /** The loop that feeds the projection turns. */
  polled(): void {
    this.#view.polled();
  }

  /** The projection is replayed up to a frozen target. */
  beginRebuild(target: Position): void {
    this.#life.beginRebuild(target);
    this.#parts.onRebuild(true);
  }

  /** The replay has reached its target. */
  completeRebuild(): void {
    if (this.#life.rebuild === undefined) return;
    this.#life.endRebuild(this.#settings.head === undefined ? 'live' : 'catching_up');
    this.#parts.onRebuild(false);
    this.#evaluate();
  }

  /** Whether the events that are applied now may be of any age. */
  isReplaying(): boolean {
    const life = this.#life;
    if (life.rebuild !== undefined || life.isFirstRun) return true;
    // The first look at how far it is may come after the first events.
    return this.#settings.head !== undefined && life.isStarting && !this.#view.isUnreadable();
  }

  /** Whether a position is applied; `undefined` when nobody knows. */
  hasReached(position: Position): boolean | undefined {
    const checkpoint = this.#tracks.knownCheckpoint;
    return checkpoint === undefined ? undefined : hasReached(checkpoint, position);
  }

  /** What a span tells of it. */
  handling(): HandlingProgress {
    return this.#view.handling();
  }

  /** How far it is now. */
  progress(): ProjectionProgress {
    const owned = this.isOwned();
    this.takeApplied();
    return this.#view.progress(owned);
  }

  #forget(): void {
    this.#epoch++;
    this.#tracks.clear(this.#settings.partitions);
    this.#view.begin();
  }

  #commit(checkpoint: Checkpoint, nowMs: number, partition?: string): void {
    this.#moved(this.#tracks.commit(checkpoint, nowMs, partition));
    this.#evaluate();
  }

  #moved(wentBack: boolean): void {
    // How old the last event was says nothing about what is left when a projection begins anew.
    if (wentBack) this.applied.forgetTime();
    this.#parts.onCheckpoint();
  }

  #evaluate(pendingToTarget?: number): void {
    const { checkpoint } = this.#tracks;
    const nowMs = this.#parts.clock.monotonicMs();
    if (checkpoint !== undefined && this.#life.advance(checkpoint, pendingToTarget, nowMs)) {
      this.completeRebuild();
      return;
    }
    const facts = this.#view.phaseFacts();
    if (facts !== undefined) this.#life.observed(facts);
  }
}
