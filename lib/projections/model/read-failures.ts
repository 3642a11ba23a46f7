import { errorKind } from '../../kernel/faults.js';
import type { ReadFailure } from '../projection-progress.js';
import type { Unreadable } from '../projection-scope.js';

/** Source of one projection, or of one partition of it. */
export interface ReadSubject {
  readonly source: ReadFailure['source'];
  readonly partition?: string | undefined;
}

/** Sources of a projection that do not answer. */
export class ReadFailures {
  readonly #bySubject = new Map<string, ReadFailure>();

  /** Failure that began first. */
  get first(): ReadFailure | undefined {
    let first: ReadFailure | undefined;
    for (const it of this.#bySubject.values()) {
      if (first === undefined || it.sinceMs < first.sinceMs) first = it;
    }
    return first;
  }

  /** Records the end of a reading. */
  ended(
    { source, partition = '' }: ReadSubject,
    problem: Unreadable | undefined,
    atMs: number,
  ): void {
    const key = `${source} ${partition}`;
    if (problem === undefined) {
      this.#bySubject.delete(key);
      return;
    }
    const sinceMs = this.#bySubject.get(key)?.sinceMs ?? atMs;
    this.#bySubject.set(key, { source, error: errorKind(problem.cause), sinceMs });
  }

  clear(): void {
    this.#bySubject.clear();
  }
}
