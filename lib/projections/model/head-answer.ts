import type { HeadAnswer, HeadReading, PartitionedReading } from '../head-source.js';
import { isEventTime } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { isVector } from '../position.js';
import { Unreadable } from '../projection-scope.js';

const OTHER_UNIT = new RangeError(
  'oldestPendingMs is more than 20 years from now: it must be in milliseconds since the Unix epoch',
);
const FROM_THE_FUTURE = new RangeError('the recorded time of an event is in the future');

/**
 * Validates the answer of a source, which is application or third-party code, and returns it or the reason for
 * rejecting it.
 */
export function checkedHeadAnswer(answer: HeadAnswer | undefined): HeadAnswer {
  if (answer instanceof Unreadable) return answer;
  const problem = problemOf(answer);
  return problem === undefined ? (answer as HeadAnswer) : new Unreadable(new TypeError(problem));
}

/** Reports recording times that the lag ignores or clamps. */
export function reportTimes(
  answer: HeadReading | PartitionedReading,
  nowMs: number,
  faults: Faults,
): void {
  const times = readingsOf(answer).flatMap((it) => it.oldestPendingMs ?? []);
  const known = times.filter((it) => isEventTime(it, nowMs));
  if (known.length < times.length) faults.report('projection_sources', OTHER_UNIT);
  if (known.some((it) => it > nowMs)) faults.report('clock_skew', FROM_THE_FUTURE);
}

/** Returns true for an answer with one head per partition. */
export function isPartitioned(answer: HeadAnswer): answer is PartitionedReading {
  return 'partitions' in answer;
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
  const { head, end, pendingEvents, oldestPendingMs, pendingToTarget } = reading;
  if (head === undefined || isVector(head) || Number.isNaN(head))
    return 'head must be a single position or null';
  if (isVector(end) || Number.isNaN(end)) return 'end must be a single position or null';
  if (!isCount(pendingEvents) || !isCount(pendingToTarget))
    return 'an event count must be an integer, 0 or more';
  if (oldestPendingMs !== undefined && !Number.isFinite(oldestPendingMs))
    return 'oldestPendingMs must be a finite number of milliseconds';
  return undefined;
}

function isCount(value: number | undefined): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= 0);
}
