import type { CheckpointAnswer, CheckpointSource } from '../checkpoint-source.js';
import type { HeadAnswer, HeadSource } from '../head-source.js';
import { Unreadable } from '../projection-scope.js';
import type { ProjectionModel } from '../model/projection-model.js';
import { type PollRoundDeps, type SourceKind, PollRound } from './poll-round.js';

/** What a {@link ProgressPoller} works with. */
export interface ProgressPollerDeps extends PollRoundDeps {
  /** The projections to observe in a round. */
  trackers(): readonly ProjectionModel[];
  /** The projections that somebody waits for. */
  awaited(): readonly ProjectionModel[];
  /** Chance, 0 to below 1. */
  random(): number;
}

// Processes that were started together shall not ask together.
const JITTER = 0.1;
// Who waits for a position does not want to wait for a period.
const AWAITED_PERIOD_MS = 250;

/** Observes all projections in the background, round after round; never for a scrape. */
export class ProgressPoller {
  readonly #parts: ProgressPollerDeps;
  readonly #checkpoints: PollRound<CheckpointSource, CheckpointAnswer>;
  readonly #heads: PollRound<HeadSource, HeadAnswer>;
  readonly #cancels = new Set<() => void>();
  #round: Promise<void> | undefined;
  #isRunning = false;
  #isHurrying = false;

  constructor(parts: ProgressPollerDeps) {
    this.#parts = parts;
    this.#checkpoints = new PollRound(checkpointKind, parts);
    this.#heads = new PollRound(headKind, parts);
  }

  /** Begins with a round at once. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#observeAll(0);
  }

  /** Ends; an answer that comes later is dropped. */
  stop(): void {
    this.#isRunning = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#checkpoints.abort();
    this.#heads.abort();
  }

  /** Somebody began to wait: the next look comes soon, and others until nobody waits any more. */
  hurry(): void {
    if (!this.#isRunning || this.#isHurrying) return;
    this.#isHurrying = true;
    this.#observeAwaited(0);
  }

  /** One round of the given projections, or of all; a round that is running is waited for instead. */
  observe(trackers: readonly ProjectionModel[] = this.#parts.trackers()): Promise<void> {
    this.#round ??= this.#observe(trackers).finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #observe(trackers: readonly ProjectionModel[]): Promise<void> {
    // Checkpoints first: a head is never older than the checkpoint that is compared with it.
    const unknown = await this.#checkpoints.ask(trackers);
    await this.#heads.ask(trackers.filter((it) => !unknown.has(it)));
  }

  #observeAll(delayMs: number): void {
    const { trackers, periodMs, random } = this.#parts;
    this.#after(delayMs, async () => {
      await this.#turn(trackers);
      this.#observeAll(periodMs * (1 - JITTER + 2 * JITTER * random()));
    });
  }

  #observeAwaited(delayMs: number): void {
    const { awaited } = this.#parts;
    this.#after(delayMs, async () => {
      await this.#turn(awaited);
      this.#isHurrying = awaited().length > 0;
      if (this.#isHurrying) this.#observeAwaited(AWAITED_PERIOD_MS);
    });
  }

  #after(delayMs: number, run: () => Promise<void>): void {
    if (!this.#isRunning) return;
    const cancel = this.#parts.timers.after(delayMs, () => {
      this.#cancels.delete(cancel);
      void run();
    });
    this.#cancels.add(cancel);
  }

  /** Whatever fails is ours: the application's own clock, for instance. */
  async #turn(trackers: () => readonly ProjectionModel[]): Promise<void> {
    try {
      await this.observe(trackers());
    } catch (fault) {
      this.#parts.faults.report('projection_observer', fault);
    }
  }
}

const checkpointKind: SourceKind<CheckpointSource, CheckpointAnswer> = {
  // One object may be both: then it reads the checkpoint with the head.
  sourceOf: ({ settings: { checkpoint, head } }) =>
    (checkpoint as unknown) === head ? undefined : checkpoint,
  askerOf: (source) => (scopes, signal) => source.read(scopes.map(withoutCheckpoint), signal),
  tell({ tracker, scope }, answer, askedAt) {
    if (answer instanceof Unreadable) return answer;
    tracker.checkpointRead(answer, askedAt, scope.partition);
    return undefined;
  },
};

const headKind: SourceKind<HeadSource, HeadAnswer> = {
  sourceOf: ({ settings }) => settings.head,
  askerOf: (source) => (scopes, signal) => source.observe(scopes, signal),
  tell: ({ tracker, scope }, answer, askedAt) => tracker.headRead(answer, askedAt, scope),
};

function withoutCheckpoint<T extends { readonly checkpoint?: unknown }>(scope: T): T {
  const { checkpoint: _unread, ...rest } = scope;
  return rest as T;
}
