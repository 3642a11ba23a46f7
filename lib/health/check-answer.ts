import { isSecretName } from '../logging/redaction/secret-names.js';
import { HIDDEN, redactText } from '../logging/redaction/secret-patterns.js';
import type { HealthLevel } from './health-check.js';

const MAX_DEPTH = 3;
const MAX_ENTRIES = 32;
const MAX_TEXT = 256;
const STACK_LINES = /\n[ \t]+at [^]*$/;

/** Returns the public part of a check's details: bounded, without stacks and probable secrets. */
function publicDetails(details: object): Record<string, unknown> {
  return recordOf(details, 1);
}

function recordOf(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, MAX_ENTRIES);
  return Object.fromEntries(
    entries.map(([key, it]) => {
      // `{ name: 'Authorization', value: '…' }`, as headers are listed.
      const isNamed = key === 'value' && namesSecret(value);
      return [redactText(key), isNamed || isHiddenName(key) ? HIDDEN : publicValue(it, depth)];
    }),
  );
}

function publicValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return publicText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Error) return value.name;
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return '[binary]';
  if (depth >= MAX_DEPTH) return '…';
  if (!Array.isArray(value)) return recordOf(value, depth + 1);
  return publicList(value as readonly unknown[], depth + 1);
}

function isHiddenName(key: unknown): boolean {
  return typeof key === 'string' && (key.toLowerCase() === 'stack' || isSecretName(key));
}

function namesSecret(record: object): boolean {
  const { name, key } = record as { readonly name?: unknown; readonly key?: unknown };
  return isHiddenName(name) || isHiddenName(key);
}

/** A list of header names and values, or an entry of a map, keeps the value after its name. */
function publicList(list: readonly unknown[], depth: number): unknown[] {
  const items = list.slice(0, MAX_ENTRIES);
  return items.map((it, i) =>
    i > 0 && isHiddenName(items[i - 1]) ? HIDDEN : publicValue(it, depth),
  );
}

function publicText(text: string): string {
  const clean = redactText(text.replace(STACK_LINES, ''));
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT).toWellFormed()}…`;
}

/** Normalized result of a check. */
export interface CheckResult {
  readonly level: HealthLevel;
  readonly details: Readonly<Record<string, unknown>>;
  /** Time of the change to this level: Unix time in milliseconds. @defaultValue unknown */
  readonly sinceMs?: number | undefined;
}

const LEVELS: Readonly<Record<string, HealthLevel>> = {
  ok: 'ok',
  up: 'ok',
  degraded: 'degraded',
  down: 'down',
};
const ORDER: readonly HealthLevel[] = ['ok', 'degraded', 'down'];

/** Normalizes the return value of a check. */
export function resultOfAnswer(answer: unknown): CheckResult {
  if (answer === undefined || answer === true) return { level: 'ok', details: {} };
  if (answer === false) return { level: 'down', details: {} };
  const level = typeof answer === 'string' ? levelNamed(answer) : undefined;
  if (level !== undefined) return { level, details: {} };
  return reportOf(answer) ?? terminusResultOf(answer) ?? downFor('no answer of a health check');
}

/**
 * Normalizes an error of a check to its class and code. It omits the message, which may contain an
 * address or a password.
 */
export function resultOfError(error: unknown): CheckResult {
  // Indicators of Terminus 10 and 11 throw their result.
  const causes = terminusResultOf(memberOf(error, 'causes'));
  if (causes !== undefined) return { ...causes, level: 'down' };
  const code = memberOf(error, 'code');
  const isCode = typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code);
  return downFor(error instanceof Error ? error.name : 'unknown', isCode ? { code } : {});
}

/** Returns a `down` result with a reason. */
export function downFor(reason: string, details: Record<string, unknown> = {}): CheckResult {
  return { level: 'down', details: { ...publicDetails({ reason }), ...details } };
}

function reportOf(answer: unknown): CheckResult | undefined {
  const level = levelNamed(memberOf(answer, 'level'));
  const details = memberOf(answer, 'details') ?? {};
  if (level === undefined || typeof details !== 'object') return undefined;
  const sinceMs = memberOf(answer, 'sinceMs');
  const known = typeof sinceMs === 'number' && { sinceMs };
  return { level, details: publicDetails(details), ...known };
}

function terminusResultOf(answer: unknown): CheckResult | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const entries = Object.entries(answer);
  const levels = entries.map(([, it]) => levelOfIndicator(it));
  if (levels.length === 0 || levels.includes(undefined)) return undefined;
  const level = ORDER[Math.max(...levels.map((it) => ORDER.indexOf(it as HealthLevel)))];
  const [only] = entries;
  const told = entries.length === 1 && only !== undefined ? withoutStatus(only[1]) : answer;
  return { level: level as HealthLevel, details: publicDetails(told) };
}

/** Returns the level of an indicator that reports `degraded` in a detail, where Terminus only has up and down. */
function levelOfIndicator(result: unknown): HealthLevel | undefined {
  const level = levelNamed(memberOf(result, 'status'));
  return level === 'ok' && memberOf(result, 'degraded') === true ? 'degraded' : level;
}

function withoutStatus(result: object): object {
  return Object.fromEntries(Object.entries(result).filter(([key]) => key !== 'status'));
}

function levelNamed(name: unknown): HealthLevel | undefined {
  return typeof name === 'string' && Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)[name]
      : undefined;
  } catch {
    // A getter of an unknown object has thrown.
    return undefined;
  }
}
