import type { CheckpointAnswer, CheckpointSource } from '../checkpoint-source.js';
import type { HeadAnswer, HeadSource } from '../head-source.js';
import { Unreadable } from '../projection-scope.js';
import type { ProjectionModel } from '../model/projection-model.js';
import { type PollRoundDeps, type SourceKind, PollRound } from './poll-round.js';

/** Dependencies of a {@link ProgressPoller}. */
export interface ProgressPollerDeps extends PollRoundDeps {
  /** Returns the projections to poll in a round. */
  trackers(): readonly ProjectionModel[];
  /** Returns the projections with pending waits. */
  awaited(): readonly ProjectionModel[];
  /** Called after a round, with the projections that were polled. */
  onRound?(trackers: readonly ProjectionModel[]): void;
  /** Returns a random number, 0 to below 1. */
  random(): number;
}

// Spreads the polls of processes that started together.
const JITTER = 0.1;
// A pending wait polls more often than the period.
const AWAITED_PERIOD_MS = 250;

/** Polls the sources of all projections in the background, round by round. A scrape never polls. */
export class ProgressPoller {
  readonly #deps: ProgressPollerDeps;
  readonly #checkpoints: PollRound<CheckpointSource, CheckpointAnswer>;
  readonly #heads: PollRound<HeadSource, HeadAnswer>;
  readonly #cancels = new Set<() => void>();
  #round: Promise<void> | undefined;
  #isRunning = false;
  #isHurrying = false;

  constructor(deps: ProgressPollerDeps) {
    this.#deps = deps;
    this.#checkpoints = new PollRound(checkpointKind, deps);
    this.#heads = new PollRound(headKind, deps);
  }

  /** Starts, with an immediate first round. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#observeAll(0);
  }

  /** Stops. Later answers are dropped. */
  stop(): void {
    this.#isRunning = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#checkpoints.abort();
    this.#heads.abort();
  }

  /** Polls awaited projections soon, and repeatedly until no wait is pending. */
  hurry(): void {
    if (!this.#isRunning || this.#isHurrying) return;
    this.#isHurrying = true;
    this.#observeAwaited(0);
  }

  /** Runs one round for the given projections, or for all. If a round is running, returns that round. */
  observe(trackers: readonly ProjectionModel[] = this.#deps.trackers()): Promise<void> {
    this.#round ??= this.#observe(trackers).finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #observe(trackers: readonly ProjectionModel[]): Promise<void> {
    // Checkpoints come first, so that a head is never older than the checkpoint compared with it.
    const unknown = await this.#checkpoints.poll(trackers);
    await this.#heads.poll(trackers.filter((it) => !unknown.has(it)));
  }

  #observeAll(delayMs: number): void {
    const { trackers, periodMs, random } = this.#deps;
    this.#after(delayMs, async () => {
      await this.#turn(trackers);
      this.#observeAll(periodMs * (1 - JITTER + 2 * JITTER * random()));
    });
  }

  #observeAwaited(delayMs: number): void {
    const { awaited } = this.#deps;
    this.#after(delayMs, async () => {
      await this.#turn(awaited);
      this.#isHurrying = awaited().length > 0;
      if (this.#isHurrying) this.#observeAwaited(AWAITED_PERIOD_MS);
    });
  }

  #after(delayMs: number, run: () => Promise<void>): void {
    if (!this.#isRunning) return;
    const cancel = this.#deps.timers.after(delayMs, () => {
      this.#cancels.delete(cancel);
      void run();
    });
    this.#cancels.add(cancel);
  }

  /** Runs a round. A failure here is internal, or comes from a clock of the application. */
  async #turn(trackers: () => readonly ProjectionModel[]): Promise<void> {
    try {
      const polled = trackers();
      await this.observe(polled);
      this.#deps.onRound?.(polled);
    } catch (fault) {
      this.#deps.faults.report('projection_observer', fault);
    }
  }
}

const checkpointKind: SourceKind<CheckpointSource, CheckpointAnswer> = {
  name: 'checkpoint',
  // One object may be both sources; it then reads the checkpoint together with the head.
  sourceOf: ({ settings: { checkpoint, head } }) =>
    (checkpoint as unknown) === head ? undefined : checkpoint,
  readOf: (source) => (scopes, signal) => source.read(scopes.map(withoutCheckpoint), signal),
  apply({ tracker, scope }, answer, requestedAt) {
    if (answer instanceof Unreadable) return answer;
    tracker.checkpointRead(answer, requestedAt, scope.partition);
    return undefined;
  },
};

const headKind: SourceKind<HeadSource, HeadAnswer> = {
  name: 'head',
  sourceOf: ({ settings }) => settings.head,
  readOf: (source) => (scopes, signal) => source.observe(scopes, signal),
  apply: ({ tracker, scope }, answer, requestedAt) => tracker.headRead(answer, requestedAt, scope),
};

function withoutCheckpoint<T extends { readonly checkpoint?: unknown }>(scope: T): T {
  const { checkpoint: _unread, ...rest } = scope;
  return rest as T;
}
