import { formatNumber } from '../format/sample.format.js';

/** Offsets of the numbers in a text. */
export interface NumberPlaces {
  /** Offset of each number, and the end of the text behind it. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Replacement numbers. */
export interface NewNumbers {
  /** Ascending indices of the numbers that change; only the first `count` are valid. */
  readonly changed: Uint32Array;
  readonly count: number;
  readonly values: Float64Array;
  /** Text behind each changed number. */
  readonly tails?: readonly string[] | undefined;
}

const ZERO = 48;
const LONGEST_NUMBER = 25;

/** Returns the distance that keeps the write position behind the read position. */
export function roomFor({ count, tails = [] }: NewNumbers): number {
  return count * LONGEST_NUMBER + tails.reduce((sum, it) => sum + it.length, 0);
}

/**
 * Replaces numbers in a text that ends at the end of the memory and begins at `ahead`. A number of
 * the same length is overwritten in place; otherwise the text behind it moves.
 *
 * @returns Begin and end of the new text.
 */
export function rewriteNumbers(
  memory: Uint8Array,
  places: NumberPlaces,
  { ahead, end, ...news }: NewNumbers & { readonly ahead: number; readonly end: number },
): readonly [start: number, end: number] {
  const { starts, ends } = places;
  const { changed, count, values, tails } = news;
  let read = ahead;
  let at = 0;
  let moved = 0;
  for (let i = 0; i < count; i++) {
    const line = changed[i] as number;
    const value = values[line] as number;
    const digits = digitsOf(value);
    const text = (digits === 0 ? formatNumber(value) : '') + (tails?.[i] ?? '');
    const start = ahead + (starts[line] as number);
    const numberEnd = start + digits + text.length;
    if (numberEnd === ahead + (ends[line] as number)) {
      writeNumber(memory, start, { value, digits, text });
      continue;
    }
    movePlaces(places, [moved, line], at - read + ahead);
    memory.copyWithin(at, read, start);
    at += start - read;
    read = ahead + (ends[line] as number);
    writeNumber(memory, at, { value, digits, text });
    starts[line] = at;
    at += numberEnd - start;
    ends[line] = at;
    moved = line + 1;
  }
  if (moved === 0) return [ahead, end];
  movePlaces(places, [moved, starts.length], at - read + ahead);
  memory.copyWithin(at, read, end);
  return [0, at + end - read];
}

function writeNumber(
  memory: Uint8Array,
  at: number,
  {
    value,
    digits,
    text,
  }: { readonly value: number; readonly digits: number; readonly text: string },
): void {
  if (digits > 0) writeDigits(memory, at, [value, digits]);
  if (text !== '') writeAscii(memory, at + digits, text);
}

function movePlaces(
  { starts, ends }: NumberPlaces,
  [from, to]: readonly [number, number],
  shift: number,
): void {
  if (shift === 0) return;
  for (let line = from; line < to; line++) {
    starts[line]! += shift;
    ends[line]! += shift;
  }
}

/** Returns the number of digits of an integer from 0 to 2^31 − 1; 0 for any other number. */
function digitsOf(value: number): number {
  const whole = value | 0;
  if (whole !== value || whole < 0) return 0;
  if (whole < 10) return 1;
  let digits = 2;
  for (let power = 100; power <= whole; power *= 10) digits++;
  return digits;
}

/** Writes an integer of known length without an intermediate string. */
function writeDigits(
  bytes: Uint8Array,
  at: number,
  [value, digits]: readonly [value: number, digits: number],
): void {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

/** Writes ASCII text. */
function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
