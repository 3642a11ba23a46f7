import type { HeadAnswer } from '../head-source.js';
import { type ProjectionScope, Unreadable } from '../projection-scope.js';
import { untilAborted } from './abortable.js';

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
