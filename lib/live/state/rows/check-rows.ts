import type { ReportedCheck } from '../../../kernel/ports/application-report.js';
import { bytesText, secondsText, shareText } from '../../quantity.format.js';
import type { CheckRow } from '../live-state.js';

const MOST_TEXT = 160;
const HIDDEN_FACTS: readonly string[] = ['status', 'degraded'];

/** Returns the health checks by name; what a check found is a line of its facts. */
export function checkRows(checks: readonly ReportedCheck[]): CheckRow[] {
  const rows = checks.map(({ name, level, critical, details, changedMs }): CheckRow => {
    const sinceMs = Number.isFinite(changedMs) ? changedMs : undefined;
    return { name, level, critical, text: factsText(details), sinceMs };
  });
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function factsText(details: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(details)
    .filter(([name, value]) => value !== undefined && !HIDDEN_FACTS.includes(name))
    .map(([name, value]) => factText(name, value));
  const text = facts.join(', ');
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT).toWellFormed()}…`;
}

const UNITS: readonly (readonly [suffix: string, text: (value: number) => string])[] = [
  ['_seconds', secondsText],
  ['_bytes', bytesText],
  ['_ratio', shareText],
];

function factText(name: string, value: unknown): string {
  if (['reason', 'code'].includes(name)) return plain(value);
  const unit = UNITS.find(([suffix]) => typeof value === 'number' && name.endsWith(suffix));
  if (unit === undefined) return `${name.replaceAll('_', ' ')} ${plain(value)}`;
  return `${name.slice(0, -unit[0].length).replaceAll('_', ' ')} ${unit[1](value as number)}`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(' ');
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  return typeof value === 'string' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);
}
