import type { HeadAnswer } from '../head-source.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';

/** What comes of the work, or the reason of the abort if that comes first. */
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
 * One answer per scope: what could not be read of one of them does not cost the others.
 *
 * @throws The first cause when nothing could be read at all, so that the next attempt comes later.
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

/** What a projection follows, by its name. */
export function followedBy<T>(
  followed: Readonly<Record<string, T>>,
  { projection }: ProjectionScope,
): T {
  if (Object.hasOwn(followed, projection)) return followed[projection] as T;
  throw new RangeError(`the source was not told what the projection ${projection} follows`);
}

/** Whether the projection handles only some of the events. */
export function isFiltered({ filter }: ProjectionScope): boolean {
  return filter.eventTypes !== undefined || filter.categories !== undefined;
}

/**
 * The count of a server that cannot look into messages: of a filtered projection only "none" is known, for of the
 * messages that are left perhaps none matches.
 */
export function serverCount(scope: ProjectionScope, count: number): { pendingEvents?: number } {
  return isFiltered(scope) && count > 0 ? {} : { pendingEvents: count };
}

/** Reads of one round: what several projections need is read once. */
export class RoundReads {
  readonly #reads = new Map<string, Promise<unknown>>();

  /** @param of - What is read; the same parts always stand for a read of the same type. */
  once<T>(of: readonly unknown[], read: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(of, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));
    const known = this.#reads.get(key);
    if (known !== undefined) return known as Promise<T>;
    const made = read();
    this.#reads.set(key, made);
    return made;
  }
}
