import { absorb, shown } from '../kernel/hooks.js';
import type { ScalarPosition } from '../kernel/observer.js';

export type { ScalarPosition };

/** Positions in several logs, by partition name. */
export type PositionVector = Readonly<Record<string, ScalarPosition>>;

/** Position in the order of a store. */
export type Position = ScalarPosition | PositionVector;

/**
 * Last position that a projection committed; `null` when it has committed none and starts at the beginning of the
 * store.
 */
export type Checkpoint = Position | null;

const DIGITS = /^\d+$/;
const DASHED_DIGITS = /^\d+(?:-\d+)+$/;

/** Returns true for a position that contains one position per partition. */
export function isVector(position: Checkpoint | undefined): position is PositionVector {
  return typeof position === 'object' && position !== null;
}

function isScalar(value: unknown): value is ScalarPosition {
  return typeof value === 'bigint' || typeof value === 'string' || Number.isFinite(value);
}

/**
 * Returns a position that an application reports; a vector is copied.
 *
 * @throws TypeError for a value that is no position.
 */
export function checkedPosition(position: unknown): Position {
  if (isScalar(position)) return position;
  absorb(position);
  if (typeof position !== 'object' || position === null || Array.isArray(position))
    throw new TypeError(
      `a position is a finite number, a bigint or a text, not ${shown(position)}`,
    );
  const entries = Object.entries(position);
  const wrong = entries.find(([, it]) => !isScalar(it));
  if (wrong === undefined && isPlain(position))
    return Object.fromEntries(entries) as PositionVector;
  throw new TypeError('a position of several partitions is an object with one position for each');
}

/** {@inheritDoc checkedPosition} `null` stands for no checkpoint. */
export function checkedCheckpoint(checkpoint: unknown): Checkpoint {
  return checkpoint === null ? null : checkedPosition(checkpoint);
}

/** @throws TypeError for a value that names no partition. */
export function checkedPartition(partition: unknown): string | undefined {
  if (partition === undefined || typeof partition === 'string') return partition;
  throw new TypeError(`the name of a partition is a text, not ${shown(partition)}`);
}

/** Instances of other classes, such as a `Date` or a driver's position, have no partitions. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** Returns the position of one partition; `undefined` when the vector does not name it. */
export function positionOf(vector: PositionVector, partition: string): ScalarPosition | undefined {
  // A partition may be named like a member of Object.prototype.
  return Object.hasOwn(vector, partition) ? vector[partition] : undefined;
}

/**
 * Returns true when a checkpoint lies beyond the end of a log. The end of an empty log is `null`; only a checkpoint at
 * zero is not beyond it.
 */
export function isBeyond(checkpoint: Checkpoint, end: ScalarPosition | null): boolean {
  if (checkpoint === null || isVector(checkpoint)) return false;
  if (end === null) return !isZero(checkpoint);
  return hasReached(checkpoint, end) === true && hasReached(end, checkpoint) === false;
}

/**
 * Compares a checkpoint with a position. Returns true when everything up to the position is applied. The checkpoint
 * `null` has reached no position. A vector has reached another vector when it has reached it in every partition that
 * the other vector names.
 *
 * @returns `undefined` when the two are not comparable: they differ in kind, or are not positions.
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
    const reached = positionOf(checkpoint, partition);
    return reached === undefined ? false : hasReached(reached, wanted);
  });
  return answers.includes(undefined) ? undefined : !answers.includes(false);
}

/** Returns true when two checkpoints denote the same position. */
export function isSamePosition(one: Checkpoint, other: Checkpoint): boolean {
  if (one === null || other === null) return one === other;
  return hasReached(one, other) === true && hasReached(other, one) === true;
}

/** Converts a position to a number for a gauge; `undefined` for a position that is not a number. */
export function positionValue(position: Checkpoint | undefined): number | undefined {
  if (position === undefined || position === null || isVector(position)) return undefined;
  const value = typeof position === 'string' && !DIGITS.test(position) ? NaN : Number(position);
  return Number.isFinite(value) ? value : undefined;
}

function isZero(position: ScalarPosition): boolean {
  return typeof position === 'string' ? /^[0-]*$/.test(position) : position <= 0;
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
  // A number and a bigint of equal value denote the same position but are not identical.
  if (one < other) return before;
  return one > other ? after : same;
}
