const NONE = '–';
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Returns a number with separators of thousands, or three significant digits below 1,000. */
export function numberText(value: number | null | undefined): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 999.5) return Math.round(value).toLocaleString('en-US');
  if (size >= 99.5) return String(Math.round(value));
  if (size >= 9.95) return trimmed(value.toFixed(1));
  if (size >= 0.0005 || size === 0) return trimmed(value.toFixed(size >= 0.995 ? 2 : 3));
  return value.toExponential(1);
}

/** Returns a rate: `41.3/s`, or `3/min` for what happens less than once in ten seconds. */
export function rateText(perSecond: number | null | undefined): string {
  if (perSecond === undefined || perSecond === null || !Number.isFinite(perSecond)) return NONE;
  if (perSecond === 0) return '0/s';
  if (perSecond >= 0.095) return `${shortText(perSecond)}/s`;
  const perMinute = perSecond * MINUTE;
  return perMinute >= 0.095 ? `${shortText(perMinute)}/min` : '< 0.1/min';
}

/** A rate below 10 is no more exact than two digits. */
function shortText(value: number): string {
  return numberText(value < 9.95 ? Number(value.toPrecision(2)) : value);
}

/** Returns a share, 0 to 1, in percent with one digit. */
export function shareText(share: number | null | undefined): string {
  if (share === undefined || share === null || !Number.isFinite(share)) return NONE;
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return '< 0.1 %';
  if (percent > 99.95 && percent < 100) return '> 99.9 %';
  return `${trimmed(percent.toFixed(1))} %`;
}

/** Returns a length of time: `640 ms`, `1.2 s`, `4 m 12 s`, `3 d 4 h`. */
export function secondsText(seconds: number | null | undefined): string {
  if (seconds === undefined || seconds === null || !Number.isFinite(seconds)) return NONE;
  if (seconds === 0) return '0 s';
  if (seconds < 0.0095)
    return `${trimmed((seconds * 1_000).toFixed(seconds < 0.00095 ? 2 : 1))} ms`;
  if (seconds < 0.9995) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 59.95) return `${trimmed(seconds.toFixed(seconds < 9.95 ? 2 : 1))} s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return pair(whole, [MINUTE, 'm', 1, 's']);
  if (whole < DAY) return pair(whole, [HOUR, 'h', MINUTE, 'm']);
  return pair(whole, [DAY, 'd', HOUR, 'h']);
}

/** Returns an amount of memory: `212 MB`. */
export function bytesText(bytes: number | null | undefined): string {
  if (bytes === undefined || bytes === null || !Number.isFinite(bytes)) return NONE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${numberText(value)} ${units[unit]!}`;
}

/** Rounds to two significant digits: a quantile of buckets is no more exact. */
export function roughly(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(2));
}

/** Rounds to three significant digits, so that a change that nobody sees is no change. */
export function rounded(value: number): number;
export function rounded(value: number | undefined): number | undefined;
export function rounded(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (Math.abs(value) >= 1_000) return Math.round(value);
  return Number(value.toPrecision(3));
}

function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pair(value: number, [large, a, small, b]: [number, string, number, string]): string {
  const first = Math.floor(value / large);
  const rest = Math.floor((value % large) / small);
  return rest === 0 ? `${first} ${a}` : `${first} ${a} ${rest} ${b}`;
}
