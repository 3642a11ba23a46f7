import type { Faults } from '../../kernel/faults.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { ReadTime } from '../model/partition-progress.js';
import type { ProjectionModel } from '../model/projection-model.js';
import type { ReadFailure } from '../projection-progress.js';
import { type ReadSource, type ReadingRules, SourceReader } from './source-reader.js';

/** Accessors for the sources of one kind: heads or checkpoints. */
export interface SourceKind<S, A> {
  readonly name: ReadFailure['source'];
  /** Returns the source of a projection; `undefined` when it has none of this kind. */
  sourceOf(tracker: ProjectionModel): S | undefined;
  readOf(source: S): ReadSource<A>;
  /** @returns The problem of an invalid answer. */
  apply(request: ScopeRequest, answer: A, requestedAt: ReadTime): Unreadable | undefined;
}

/** One scope to read from a source. */
export interface ScopeRequest {
  readonly tracker: ProjectionModel;
  readonly scope: ProjectionScope;
  /** Epoch of the tracker at the time of the request; an answer from another epoch is dropped. */
  readonly epoch: number;
  /** Place of the request in the sequence of reports and requests of the projection. */
  readonly order: number;
}

/** Dependencies of a {@link PollRound}. */
export interface PollRoundDeps extends ReadingRules {
  readonly faults: Faults;
  /** Called for every scope that could not be read. */
  onUnreadable(projection: string): void;
}

const COMPONENT = 'projection_sources';

/** Polls all sources of one kind, each of them once for all projections that use it. */
export class PollRound<S extends object, A> {
  readonly #kind: SourceKind<S, A>;
  readonly #deps: PollRoundDeps;
  readonly #readers = new Map<S, SourceReader<A>>();

  constructor(kind: SourceKind<S, A>, deps: PollRoundDeps) {
    this.#kind = kind;
    this.#deps = deps;
  }

  /** @returns The projections whose source reported nothing new. */
  async poll(trackers: readonly ProjectionModel[]): Promise<ReadonlySet<ProjectionModel>> {
    const bySource = new Map<S, ProjectionModel[]>();
    for (const tracker of trackers) {
      const source = this.#kind.sourceOf(tracker);
      if (source === undefined) continue;
      const members = bySource.get(source);
      if (members === undefined) bySource.set(source, [tracker]);
      else members.push(tracker);
    }
    const failed = await Promise.all(
      [...bySource].map(([source, members]) => this.#pollOne(source, members)),
    );
    return new Set(failed.flat());
  }

  /** Aborts the running reads. */
  abort(): void {
    for (const reader of this.#readers.values()) reader.abort();
  }

  async #pollOne(
    source: S,
    trackers: readonly ProjectionModel[],
  ): Promise<readonly ProjectionModel[]> {
    const reader = this.#readerOf(source);
    if (!reader.isDue) return trackers;
    const requests = trackers.flatMap((it) => requestsOf(it));
    if (requests.length === 0) return [];
    const { clock } = this.#deps;
    const requestedAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    const keyed = requests.map((it, i) => ({ ...it, scope: { ...it.scope, key: String(i) } }));
    const answers = await reader.read(keyed.map(({ scope }) => scope));
    const failed = keyed.filter((it) => !this.#apply(it, answers.get(it.scope.key), requestedAt));
    return failed.map(({ tracker }) => tracker);
  }

  /** @returns True when the answer is valid. */
  #apply(
    request: ScopeRequest,
    answer: A | Unreadable | undefined,
    requestedAt: Omit<ReadTime, 'order'>,
  ): boolean {
    const { tracker, epoch, order } = request;
    if (tracker.epoch !== epoch) return false;
    const problem = this.#problemOf(request, answer, { ...requestedAt, order });
    const of = { source: this.#kind.name, partition: request.scope.partition };
    tracker.failures.ended(of, problem, requestedAt.wallMs);
    if (problem === undefined) return true;
    this.#deps.onUnreadable(tracker.name);
    this.#deps.faults.report(COMPONENT, problem.cause);
    return false;
  }

  #problemOf(
    request: ScopeRequest,
    answer: A | Unreadable | undefined,
    requestedAt: ReadTime,
  ): Unreadable | undefined {
    if (answer instanceof Unreadable) return answer;
    if (answer === undefined)
      return new Unreadable(new TypeError('the source returned no answer for the scope'));
    try {
      return this.#kind.apply(request, answer, requestedAt);
    } catch (error) {
      return new Unreadable(error);
    }
  }

  #readerOf(source: S): SourceReader<A> {
    const known = this.#readers.get(source);
    if (known !== undefined) return known;
    const reader = new SourceReader(this.#kind.readOf(source), this.#deps);
    this.#readers.set(source, reader);
    return reader;
  }
}

function requestsOf(tracker: ProjectionModel): ScopeRequest[] {
  const { epoch } = tracker;
  const scopes = tracker.scopes();
  const order = tracker.nextOrder();
  return scopes.map((scope) => ({ tracker, epoch, order, scope: { ...scope, key: '' } }));
}
