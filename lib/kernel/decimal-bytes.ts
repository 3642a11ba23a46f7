const ZERO = 48;

/** Number of digits of a whole number of 0 or more below 2^31; 0 for any other number. */
export function digitsOf(value: number): number {
  const whole = value | 0;
  if (whole !== value || whole < 0) return 0;
  if (whole < 10) return 1;
  let digits = 2;
  for (let power = 100; power <= whole; power *= 10) digits++;
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
