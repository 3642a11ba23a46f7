import type { Faults } from '../../kernel/faults.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import type { AskedAt } from '../model/partition-progress.js';
import type { ProjectionModel } from '../model/projection-model.js';
import { type Ask, type ReadingRules, SourceReader } from './source-reader.js';

/** How sources of one kind are found, asked, and their answers passed on. */
export interface SourceKind<S, A> {
  /** The source of a projection; `undefined` when it has none of this kind. */
  sourceOf(tracker: ProjectionModel): S | undefined;
  askerOf(source: S): Ask<A>;
  /** @returns What is wrong with the answer, if anything is. */
  tell(question: Question, answer: A, askedAt: AskedAt): Unreadable | undefined;
}

/** One thing that a source is asked. */
export interface Question {
  readonly tracker: ProjectionModel;
  readonly scope: ProjectionScope;
  /** What the tracker went by; an answer to what it was before is dropped. */
  readonly epoch: number;
}

/** What rounds work with. */
export interface PollRoundDeps extends ReadingRules {
  readonly faults: Faults;
  /** Called for every scope that could not be read. */
  onUnreadable(projection: string): void;
}

const COMPONENT = 'projection_sources';

/** Asks all sources of one kind, each of them once for all projections that name it. */
export class PollRound<S extends object, A> {
  readonly #kind: SourceKind<S, A>;
  readonly #parts: PollRoundDeps;
  readonly #readers = new Map<S, SourceReader<A>>();

  constructor(kind: SourceKind<S, A>, parts: PollRoundDeps) {
    this.#kind = kind;
    this.#parts = parts;
  }

  /** @returns The projections about which nothing new is known although they have a source. */
  async ask(trackers: readonly ProjectionModel[]): Promise<ReadonlySet<ProjectionModel>> {
    const bySource = new Map<S, ProjectionModel[]>();
    for (const tracker of trackers) {
      const source = this.#kind.sourceOf(tracker);
      if (source === undefined) continue;
      const members = bySource.get(source);
      if (members === undefined) bySource.set(source, [tracker]);
      else members.push(tracker);
    }
    const failed = await Promise.all(
      [...bySource].map(([source, members]) => this.#askOne(source, members)),
    );
    return new Set(failed.flat());
  }

  /** Ends the reads that are running. */
  abort(): void {
    for (const reader of this.#readers.values()) reader.abort();
  }

  async #askOne(
    source: S,
    trackers: readonly ProjectionModel[],
  ): Promise<readonly ProjectionModel[]> {
    const reader = this.#readerOf(source);
    if (!reader.isDue) return trackers;
    const questions = trackers.flatMap((it) => questionsOf(it));
    if (questions.length === 0) return [];
    const { clock } = this.#parts;
    const askedAt = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    const keyed = questions.map((it, i) => ({ ...it, scope: { ...it.scope, key: String(i) } }));
    const answers = await reader.read(keyed.map(({ scope }) => scope));
    const failed = keyed.filter((it) => !this.#tell(it, answers.get(it.scope.key), askedAt));
    return failed.map(({ tracker }) => tracker);
  }

  /** @returns Whether the answer says anything. */
  #tell(question: Question, answer: A | Unreadable | undefined, askedAt: AskedAt): boolean {
    const { tracker, epoch } = question;
    if (tracker.epoch !== epoch) return false;
    const problem = this.#problemOf(question, answer, askedAt);
    if (problem === undefined) return true;
    this.#parts.onUnreadable(tracker.name);
    this.#parts.faults.report(COMPONENT, problem.cause);
    return false;
  }

  #problemOf(
    question: Question,
    answer: A | Unreadable | undefined,
    askedAt: AskedAt,
  ): Unreadable | undefined {
    if (answer instanceof Unreadable) return answer;
    if (answer === undefined) return new Unreadable(new TypeError('a source gave no answer'));
    try {
      return this.#kind.tell(question, answer, askedAt);
    } catch (error) {
      return new Unreadable(error);
    }
  }

  #readerOf(source: S): SourceReader<A> {
    const known = this.#readers.get(source);
    if (known !== undefined) return known;
    const reader = new SourceReader(this.#kind.askerOf(source), this.#parts);
    this.#readers.set(source, reader);
    return reader;
  }
}

function questionsOf(tracker: ProjectionModel): Question[] {
  const { epoch } = tracker;
  return tracker.scopes().map((scope) => ({ tracker, epoch, scope: { ...scope, key: '' } }));
}
