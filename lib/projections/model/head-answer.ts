import type { HeadAnswer, HeadReading, PartitionedReading } from '../head-source.js';
import { isVector } from '../position.js';
import { Unreadable } from '../projection-scope.js';

/**
 * Validates the answer of a source, which is application or third-party code, and returns it or the reason for
 * rejecting it.
 */
export function checkedHeadAnswer(answer: HeadAnswer | undefined): HeadAnswer {
  if (answer instanceof Unreadable) return answer;
  const problem = problemOf(answer);
  return problem === undefined ? (answer as HeadAnswer) : new Unreadable(new TypeError(problem));
}

/** Returns true for an answer with one head per partition. */
export function isPartitioned(answer: HeadAnswer): answer is PartitionedReading {
  return 'partitions' in answer;
}

/** Returns the latest recording time that the answer reports for unprocessed events; -Infinity when it reports none. */
export function newestClaim(answer: HeadReading | PartitionedReading): number {
  return Math.max(...readingsOf(answer).map((it) => it.oldestPendingMs ?? -Infinity), -Infinity);
}

function readingsOf(answer: HeadReading | PartitionedReading): HeadReading[] {
  return isPartitioned(answer) ? [...answer.partitions.values()] : [answer];
}

function problemOf(answer: HeadAnswer | undefined): string | undefined {
  if (typeof answer !== 'object' || answer === null)
    return 'the head source returned no answer for the scope';
  return readingsOf(answer as HeadReading)
    .map(readingProblem)
    .find((it) => it !== undefined);
}

function readingProblem(reading: HeadReading): string | undefined {
  const { head, pendingEvents, oldestPendingMs, pendingToTarget } = reading;
  if (head === undefined || isVector(head) || Number.isNaN(head))
    return 'head must be a single position or null';
  if (!isCount(pendingEvents) || !isCount(pendingToTarget))
    return 'an event count must be an integer, 0 or more';
  if (oldestPendingMs !== undefined && !Number.isFinite(oldestPendingMs))
    return 'oldestPendingMs must be a finite number of milliseconds';
  return undefined;
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= 0);
}
