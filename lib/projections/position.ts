import type { ScalarPosition } from '../kernel/observer.js';

export type { ScalarPosition };

/** Places in several logs, one per partition, by the name of the partition. */
export type PositionVector = Readonly<Record<string, ScalarPosition>>;

/** A place in the order of a store. */
export type Position = ScalarPosition | PositionVector;

/** The last position that a projection committed; `null` when it has none yet and begins at the origin of the store. */
export type Checkpoint = Position | null;

const DIGITS = /^\d+$/;
const DASHED_DIGITS = /^\d+(?:-\d+)+$/;

/** Whether the position is one per partition. */
export function isVector(position: Checkpoint | undefined): position is PositionVector {
  return typeof position === 'object' && position !== null;
}

/**
 * Whether a checkpoint is at or behind a position: everything up to the position is applied. The checkpoint `null` has
 * reached nothing. A vector has reached another one when it has in every partition that the other one names.
 *
 * @returns `undefined` when the two cannot be compared: they are of different kinds, or not positions at all.
 */
export function hasReached(checkpoint: Checkpoint, position: Position): boolean | undefined {
  if (checkpoint === null) return false;
  if (!isVector(position)) {
    if (isVector(checkpoint)) return undefined;
    const order = compareScalars(checkpoint, position);
    return order && order.sign >= 0;
  }
  if (!isVector(checkpoint)) return undefined;
  const answers = Object.entries(position).map(([partition, wanted]) => {
    const reached = checkpoint[partition];
    return reached === undefined ? false : hasReached(reached, wanted);
  });
  return answers.includes(undefined) ? undefined : !answers.includes(false);
}

/** Whether two checkpoints are the same place. */
export function isSamePosition(one: Checkpoint, other: Checkpoint): boolean {
  if (one === null || other === null) return one === other;
  return hasReached(one, other) === true && hasReached(other, one) === true;
}

/** The position as a number for a gauge; `undefined` for what is no number. */
export function positionValue(position: Checkpoint | undefined): number | undefined {
  if (position === undefined || position === null || isVector(position)) return undefined;
  const value = typeof position === 'string' && !DIGITS.test(position) ? NaN : Number(position);
  return Number.isFinite(value) ? value : undefined;
}

interface Order {
  readonly sign: -1 | 0 | 1;
}

const before: Order = { sign: -1 };
const same: Order = { sign: 0 };
const after: Order = { sign: 1 };

function compareScalars(one: ScalarPosition, other: ScalarPosition): Order | undefined {
  const [a, b] = [comparable(one), comparable(other)];
  if (a === undefined || b === undefined) return undefined;
  if (Array.isArray(a) && Array.isArray(b)) return compareParts(a, b);
  if (Array.isArray(a) || Array.isArray(b)) return undefined;
  return (typeof a === 'string') === (typeof b === 'string') ? orderOf(a, b) : undefined;
}

function comparable(position: ScalarPosition): number | bigint | string | bigint[] | undefined {
  if (typeof position === 'bigint') return position;
  if (typeof position === 'number') return Number.isNaN(position) ? undefined : position;
  if (typeof position !== 'string') return undefined;
  if (DIGITS.test(position)) return BigInt(position);
  return DASHED_DIGITS.test(position) ? position.split('-').map(BigInt) : position;
}

function compareParts(one: readonly bigint[], other: readonly bigint[]): Order {
  for (const [i, part] of one.entries()) {
    const order = orderOf(part, other[i] ?? -1n);
    if (order !== same) return order;
  }
  return orderOf(one.length, other.length);
}

function orderOf<T extends number | bigint | string>(one: T, other: T): Order {
  if (one === other) return same;
  // A number and a bigint of one value are the same place, and not identical.
  if (one < other) return before;
  return one > other ? after : same;
}
