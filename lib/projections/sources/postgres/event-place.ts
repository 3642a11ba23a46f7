import type { Position } from '../../position.js';

const LARGEST = { position: 2n ** 63n - 1n, transaction: 2n ** 64n - 1n };

/**
 * The parts of a position as the database takes them: the position alone, or the transaction before it.
 *
 * @throws TypeError when it is none of this table.
 */
export function partsOf(position: Position, columns: 1 | 2): readonly string[] {
  const parts = columns === 1 ? [wholeNumberOf(position)] : pairOf(position);
  const last = parts.at(-1);
  const [first] = parts;
  if (
    last === undefined ||
    first === undefined ||
    last > LARGEST.position ||
    first > LARGEST.transaction
  ) {
    const form = columns === 1 ? 'a whole number' : 'a text <transaction>-<position>';
    throw new TypeError(`a position in the table of events is ${form}`);
  }
  return parts.map(String);
}

/** The position of parts that the database gave; `null` when it gave none. */
export function placeOf(parts: readonly unknown[]): string | null {
  return parts.some((it) => it === null || it === undefined) ? null : parts.join('-');
}

function wholeNumberOf(position: Position): bigint | undefined {
  if (typeof position === 'bigint') return position < 0n ? undefined : position;
  if (typeof position === 'number') {
    return Number.isSafeInteger(position) && position >= 0 ? BigInt(position) : undefined;
  }
  return typeof position === 'string' && /^\d+$/.test(position) ? BigInt(position) : undefined;
}

function pairOf(position: Position): (bigint | undefined)[] {
  if (typeof position !== 'string' || !/^\d+-\d+$/.test(position)) return [];
  return position.split('-').map(BigInt);
}
