import { ConfigurationError } from '../kernel/configuration-error.js';
import { parseDuration } from '../query/language/literals.js';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** Returns the error of an argument or option of a command. */
export function invalid(
  subject: string,
  value: unknown,
  [rule, remedy]: readonly [rule: string, remedy: string],
): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', { subject, value, rule, remedy });
}

/**
 * Returns the Unix time in milliseconds of an option: seconds, or RFC 3339.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function timeOf(subject: string, text: string): number {
  const ms = /^\d{1,11}(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : Number.NaN;
  const timeMs = RFC_3339.test(text) ? Date.parse(text) : ms;
  if (!Number.isNaN(timeMs)) return Math.round(timeMs);
  const remedy = "Pass something like '2026-11-30T08:00:00Z'.";
  throw invalid(subject, text, ['must be a Unix time in seconds, or a time of RFC 3339', remedy]);
}

/**
 * Returns the milliseconds of an option, more than 0.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function durationOf(subject: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  const remedy = "Pass something like '2h' or '1h30m'.";
  throw invalid(subject, text, ['must be a duration of more than 0', remedy]);
}

/** Returns a length of time in whole seconds, as PromQL writes it: `1h30m`. */
export function durationText(ms: number): string {
  let left = Math.round(ms / 1_000) * 1_000;
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.trunc(left / size);
    left -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.join('') || '0s';
}

/** Returns a Unix time in milliseconds as `2026-11-30T08:00:00Z`. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
