import type { HeadAnswer, HeadReading, PartitionedReading } from '../head-source.js';
import { isVector } from '../position.js';
import { Unreadable } from '../projection-scope.js';

/** The answer, or why it is none: a source is code of the application, or of somebody else. */
export function checkedHeadAnswer(answer: HeadAnswer | undefined): HeadAnswer {
  if (answer instanceof Unreadable) return answer;
  const problem = problemOf(answer);
  return problem === undefined ? (answer as HeadAnswer) : new Unreadable(new TypeError(problem));
}

/** Whether a projection has heads of its own in several partitions. */
export function isPartitioned(answer: HeadAnswer): answer is PartitionedReading {
  return 'partitions' in answer;
}

/** The latest of the times at which unprocessed events are said to have been recorded; -Infinity when there is none. */
export function newestClaim(answer: HeadReading | PartitionedReading): number {
  return Math.max(...readingsOf(answer).map((it) => it.oldestPendingMs ?? -Infinity), -Infinity);
}

function readingsOf(answer: HeadReading | PartitionedReading): HeadReading[] {
  return isPartitioned(answer) ? [...answer.partitions.values()] : [answer];
}

function problemOf(answer: HeadAnswer | undefined): string | undefined {
  if (typeof answer !== 'object' || answer === null) return 'the head source gave no answer';
  return readingsOf(answer as HeadReading)
    .map(readingProblem)
    .find((it) => it !== undefined);
}

function readingProblem(reading: HeadReading): string | undefined {
  const { head, pendingEvents, oldestPendingMs, pendingToTarget } = reading;
  if (head === undefined || isVector(head) || Number.isNaN(head))
    return 'a head is one position, or null';
  if (!isCount(pendingEvents) || !isCount(pendingToTarget))
    return 'a number of events is a whole number of 0 or more';
  if (oldestPendingMs !== undefined && !Number.isFinite(oldestPendingMs))
    return 'a recorded time is a number of milliseconds';
  return undefined;
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= 0);
}
