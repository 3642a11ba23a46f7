import { replaceAll } from './replacement.js';
import { fixedText, fourDigits, plainText } from './number.format.js';

/** Value in a template. */
export type TemplateValue = string | number;

/** Function of a template; the last argument may come from a pipe. */
export type TemplateFunction = (...args: readonly TemplateValue[]) => TemplateValue;

const THOUSANDS = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const THOUSANDTHS = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const KIBI = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];
/** First letter of a word. */
const WORD = /(?<![\p{L}\p{N}_])\p{L}/gu;
const ADDRESS = /^(?:\[([^\]]*)\]|([^:[\]]*)):[^:]*$/;
const VERB = /%(?:%|s|v|\.(\d)f)/g;

/** Functions of templates by name, as Prometheus defines them. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  humanize: (it) => humanize(numberOf(it)),
  humanize1024: (it) => humanize1024(numberOf(it)),
  humanizeDuration: (it) => humanizeDuration(numberOf(it)),
  humanizePercentage: (it) => `${fourDigits(numberOf(it) * 100)}%`,
  reReplaceAll: (pattern, template, text) =>
    replaceAll(String(pattern), String(template), valueText(text ?? '')),
  stripPort: (it) => withoutPort(valueText(it ?? '')),
  title: (it) => valueText(it ?? '').replaceAll(WORD, (word) => word.toUpperCase()),
  toLower: (it) => valueText(it ?? '').toLowerCase(),
  toUpper: (it) => valueText(it ?? '').toUpperCase(),
  printf: (format, ...values) => print(String(format), values),
};

/** Number of arguments that a call of a function has. */
export function argumentCount(name: string, format: TemplateValue | undefined): number {
  if (name === 'reReplaceAll') return 3;
  if (name !== 'printf' || format === undefined) return 1;
  return 1 + verbsOf(String(format)).length;
}

/** Returns the problem of a format text, if it has one. */
export function formatProblem(format: string): string | undefined {
  return format.replaceAll(VERB, '').includes('%')
    ? 'printf knows %.0f to %.9f, %s, %v and %%'
    : undefined;
}

/** Returns a value as text. */
export function valueText(value: TemplateValue): string {
  return typeof value === 'number' ? plainText(value) : value;
}

function withoutPort(address: string): string {
  const [, inBrackets, plain] = ADDRESS.exec(address) ?? [];
  return inBrackets ?? plain ?? address;
}

function verbsOf(format: string): readonly string[] {
  return [...format.matchAll(VERB)].map(([verb]) => verb).filter((it) => it !== '%%');
}

function print(format: string, values: readonly TemplateValue[]): string {
  let next = 0;
  return format.replaceAll(VERB, (verb, places: string | undefined) => {
    if (verb === '%%') return '%';
    const value = values[next++] ?? '';
    return places === undefined ? valueText(value) : fixedText(numberOf(value), Number(places));
  });
}

/** A text that is no number shows up as NaN: a notification must not be lost for it. */
function numberOf(value: TemplateValue | undefined): number {
  return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
}

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value);
  return Math.abs(value) >= 1 ? scaled(value, 1_000, THOUSANDS) : reduced(value);
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return fourDigits(value);
  return scaled(value, 1_024, KIBI);
}

function humanizeDuration(seconds: number): string {
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
