// Numbers as Go prints them. JavaScript rounds halves up where Go rounds to even.

/** Digits of a finite value above 0, without a point, and the power of ten of the first one. */
interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

const MOST_DIGITS = 100;

/** Returns a value as `%v` prints it: the shortest text that is exact, with an exponent from 1e+06 on. */
export function plainText(value: number): string {
  const other = specialText(value);
  if (other !== undefined) return other;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e');
  const decimal = { digits: mantissa.replace('.', ''), exponent: Number(power) };
  const isShort = decimal.exponent >= -4 && decimal.exponent < 6;
  return (value < 0 ? '-' : '') + (isShort ? pointText(decimal) : exponentText(decimal));
}

/** Returns a value as `%.Ng` prints it: with so many digits at most. */
export function significantText(value: number, count: number): string {
  const other = specialText(value);
  if (other !== undefined) return other;
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const decimal = rounded(value, count);
  const trimmed = { ...decimal, digits: decimal.digits.replace(/0+$/, '') };
  const isShort = decimal.exponent >= -4 && decimal.exponent < count;
  return (value < 0 ? '-' : '') + (isShort ? pointText(trimmed) : exponentText(trimmed));
}

/** Returns a finite value as `%.Ne` prints it. */
export function exponentialText(value: number, places: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const zero = { digits: '0'.repeat(places + 1), exponent: 0 };
  return sign + exponentText(value === 0 ? zero : rounded(value, places + 1));
}

/** Returns a value for people: four digits, and all digits before the point. */
export function readableText(value: number): string {
  const size = Math.abs(value);
  return size >= 1_000 && size < 1e15 ? fixedText(value, 0) : significantText(value, 4);
}

/** Returns a value as `%.Nf` prints it. */
export function fixedText(value: number, places: number): string {
  const other = specialText(value);
  if (other !== undefined) return other;
  const isWhole = Math.abs(value) >= 2 ** 53;
  if (isWhole) return `${BigInt(value)}${places > 0 ? `.${'0'.repeat(places)}` : ''}`;
  const [mantissa = '', power = ''] = Math.abs(value).toExponential(MOST_DIGITS).split('e');
  const digits = mantissa.replace('.', '');
  const count = Number(power) + 1 + places;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const kept = count < 0 ? '0' : roundedDigits(digits, count);
  const all = kept.padStart(places + 1, '0');
  const point = all.length - places;
  return sign + all.slice(0, point) + (places > 0 ? `.${all.slice(point)}` : '');
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? '+Inf' : '-Inf';
}

function rounded(value: number, count: number): Decimal {
  const [mantissa = '', power = ''] = Math.abs(value).toExponential(MOST_DIGITS).split('e');
  const digits = roundedDigits(mantissa.replace('.', ''), count);
  const carried = digits.length > count ? 1 : 0;
  return { digits: digits.slice(0, count), exponent: Number(power) + carried };
}

/** Returns the first digits, rounded half to even; one more after a carry. */
function roundedDigits(digits: string, count: number): string {
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const isHalf = /^50*$/.test(rest);
  const isUp = isHalf ? Number(kept.at(-1) ?? 0) % 2 === 1 : rest >= '5';
  return isUp ? String(BigInt(kept || '0') + 1n).padStart(count, '0') : kept || '0';
}

function pointText({ digits, exponent }: Decimal): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = digits.slice(exponent + 1);
  return rest === '' ? whole : `${whole}.${rest}`;
}

function exponentText({ digits, exponent }: Decimal): string {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
}
