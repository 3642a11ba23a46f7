import type { HeadAnswer } from '../head-source.js';
import { isFiltered, type ProjectionScope, Unreadable } from '../projection-scope.js';

/** Settles like the work, or rejects with the abort reason if the signal aborts first. */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const forget = () => signal.removeEventListener('abort', abort);
    work.then(resolve, reject).finally(forget);
    if (signal.aborted) abort();
  });
}

/**
 * Collects one answer per scope. A scope that cannot be read does not affect the others.
 *
 * @throws The first cause when no scope could be read, so that the caller backs off.
 */
export async function answersOf(
  scopes: readonly ProjectionScope[],
  signal: AbortSignal,
  answer: (scope: ProjectionScope) => HeadAnswer | Promise<HeadAnswer>,
): Promise<ReadonlyMap<string, HeadAnswer>> {
  const attempts = scopes.map(async (scope) => [scope.key, await attempt(scope, answer)] as const);
  const answers = new Map(await untilAborted(signal, Promise.all(attempts)));
  const failures = [...answers.values()].filter((it) => it instanceof Unreadable);
  if (failures.length === answers.size && failures[0] !== undefined) throw failures[0].cause;
  return answers;
}

async function attempt(
  scope: ProjectionScope,
  answer: (scope: ProjectionScope) => HeadAnswer | Promise<HeadAnswer>,
): Promise<HeadAnswer> {
  try {
    return await answer(scope);
  } catch (cause) {
    return new Unreadable(cause);
  }
}

/**
 * Returns the event count of a server that cannot filter by content. For a filtered projection only 0 is exact,
 * because the remaining messages may all fail to match.
 */
export function serverCount(scope: ProjectionScope, count: number): { pendingEvents?: number } {
  return isFiltered(scope) && count > 0 ? {} : { pendingEvents: count };
}

/** One poll of a source whose projections each follow a server object, such as a stream or a group. */
export interface Round<Followed> {
  readonly scopes: readonly ProjectionScope[];
  readonly signal: AbortSignal;
  /** Followed objects by projection name. */
  readonly followed: Readonly<Record<string, Followed>>;
}

/** One scope of a round, and the object that its projection follows. */
export interface FollowedScope<Followed> {
  readonly scope: ProjectionScope;
  readonly followed: Followed;
  /**
   * Runs a read once per round, for all scopes that need it; equal parts denote the same read.
   *
   * @returns Rejects with the abort reason once the round has been given up: no further read begins.
   */
  once<T>(parts: readonly unknown[], read: () => Promise<T>): Promise<T>;
}

/**
 * Answers every scope of a round.
 *
 * @param read - Reads the progress of one scope.
 * @param readFirst - Read that ends for all scopes before `read` begins for any of them.
 * @throws The first cause when no scope could be read.
 */
export async function answerRound<Followed>(
  { scopes, signal, followed }: Round<Followed>,
  read: (it: FollowedScope<Followed>) => HeadAnswer | Promise<HeadAnswer>,
  readFirst?: (it: FollowedScope<Followed>) => Promise<unknown>,
): Promise<ReadonlyMap<string, HeadAnswer>> {
  signal.throwIfAborted();
  const once = sharedReads(signal);
  const toFollowed = (scope: ProjectionScope): FollowedScope<Followed> => {
    const { projection } = scope;
    if (!Object.hasOwn(followed, projection)) {
      throw new RangeError(`the source has no entry for the projection ${projection}`);
    }
    return { scope, followed: followed[projection] as Followed, once };
  };
  if (readFirst !== undefined) {
    const reads = scopes.map(async (scope) => readFirst(toFollowed(scope)));
    await untilAborted(signal, Promise.allSettled(reads));
  }
  return answersOf(scopes, signal, (scope) => read(toFollowed(scope)));
}

function sharedReads(signal: AbortSignal): FollowedScope<unknown>['once'] {
  const reads = new Map<string, Promise<unknown>>();
  return <T>(parts: readonly unknown[], read: () => Promise<T>) => {
    const key = JSON.stringify(parts, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));
    const known = reads.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const made = beginUnless(signal, read);
    reads.set(key, made);
    return made;
  };
}

/** Rejects rather than throws, so that the caller handles the rejections of its other reads. */
async function beginUnless<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return read();
}
