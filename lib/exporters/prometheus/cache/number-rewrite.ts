import { formatNumber } from '../format/sample.format.js';

/** Where the numbers of a text are. */
export interface NumberPlaces {
  /** Where each number begins, and where what follows it ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** What is put in place of numbers. */
export interface NewNumbers {
  /** Which numbers change, ascending; so many of them count. */
  readonly changed: Uint32Array;
  readonly count: number;
  readonly values: Float64Array;
  /** What follows each of the numbers that change. */
  readonly tails?: readonly string[] | undefined;
}

const ZERO = 48;
const LONGEST_NUMBER = 25;

/** How far behind the text must stand so that what is written never reaches what is still to be read. */
export function roomFor({ count, tails = [] }: NewNumbers): number {
  return count * LONGEST_NUMBER + tails.reduce((sum, it) => sum + it.length, 0);
}

/**
 * Puts numbers into a text that stands at the end of the memory, from `ahead` on. One that is as long as the one before it
 * is written over it; what follows any other moves.
 *
 * @returns Where the text begins and ends now.
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

/** Number of digits of a whole number of 0 or more below 2^31; 0 for any other number. */
function digitsOf(value: number): number {
  const whole = value | 0;
  if (whole !== value || whole < 0) return 0;
  if (whole < 10) return 1;
  let digits = 2;
  for (let power = 100; power <= whole; power *= 10) digits++;
  return digits;
}

/** Writes a number that has so many digits, without a text in between. */
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

/** Writes text that has no character beyond ASCII. */
function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
