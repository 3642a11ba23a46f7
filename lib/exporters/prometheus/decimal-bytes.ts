import { formatNumber } from './sample.format.js';

const ZERO = 48;
/** Most bytes that a number takes. */
export const LONGEST_NUMBER = 25;

/**
 * Writes a number as {@link formatNumber} does, without a text in between for whole ones.
 *
 * @returns Where it ends.
 */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (!(value >= 0 && value <= 0x7fff_ffff && value % 1 === 0)) {
    return writeAscii(bytes, at, formatNumber(value));
  }
  let rest = value | 0;
  let end = at + 1;
  for (let power = 10; power <= rest; power *= 10) end++;
  for (let i = end - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

/** Writes text that has no character beyond ASCII. @returns Where it ends. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
