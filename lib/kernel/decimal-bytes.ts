const ZERO = 48;
const LARGEST = 0x7fff_ffff;

/** Number of digits of a whole number of 0 or more below 2^31; 0 for any other number. */
export function digitsOf(value: number): number {
  if (!(value >= 0 && value <= LARGEST && value % 1 === 0)) return 0;
  let digits = 1;
  for (let power = 10; power <= value; power *= 10) digits++;
  return digits;
}

/** Writes a number that has so many digits, without a text in between. */
export function writeDigits(bytes: Uint8Array, at: number, [value, digits]: Digits): void {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
}

/** A number and how many digits it has. */
export type Digits = readonly [value: number, digits: number];

/** Writes text that has no character beyond ASCII. */
export function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
