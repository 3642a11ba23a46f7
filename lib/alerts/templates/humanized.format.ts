import { significantText } from './number.format.js';

const THOUSANDS = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const THOUSANDTHS = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const KIBI = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/** Returns a number with a prefix of thousands: `1.235M`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value);
  return Math.abs(value) >= 1 ? scaled(value, 1_000, THOUSANDS) : reduced(value);
}

/** Returns a number with a prefix of powers of 1024: `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return fourDigits(value);
  return scaled(value, 1_024, KIBI);
}

/** Returns seconds as days, hours, minutes and seconds. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return fourDigits(seconds);
  if (seconds === 0) return '0s';
  if (Math.abs(seconds) < 1) return `${reduced(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = Math.trunc(Math.abs(seconds));
  const rest = `${Math.trunc(whole / 60) % 60}m ${whole % 60}s`;
  const hours = Math.trunc(whole / 3_600);
  if (hours >= 24) return `${sign}${Math.trunc(hours / 24)}d ${hours % 24}h ${rest}`;
  if (hours > 0) return `${sign}${hours}h ${rest}`;
  return whole >= 60 ? sign + rest : `${sign}${fourDigits(Math.abs(seconds))}s`;
}

/** Returns a share as percent. */
export function humanizePercentage(value: number): string {
  return `${fourDigits(value * 100)}%`;
}

function fourDigits(value: number): string {
  return significantText(value, 4);
}

function scaled(value: number, step: number, prefixes: readonly string[]): string {
  let prefix = '';
  let left = value;
  for (const it of prefixes) {
    if (Math.abs(left) < step) break;
    prefix = it;
    left /= step;
  }
  return fourDigits(left) + prefix;
}

function reduced(value: number): string {
  let prefix = '';
  let left = value;
  for (const it of THOUSANDTHS) {
    if (Math.abs(left) >= 1) break;
    prefix = it;
    left *= 1_000;
  }
  return fourDigits(left) + prefix;
}
