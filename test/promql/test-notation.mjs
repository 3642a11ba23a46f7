// Notation of the test files of Prometheus: numbers, durations, times, strings, series and lists of points.

/** Point that is a native histogram. */
export const NATIVE = Symbol('native histogram');

/** Label that holds the name of a metric. */
export const NAME = '__name__';

const UNIT_MS = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 };
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;
const SERIES =
  /^([a-zA-Z_:][\w:]*)?(\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\})?/;
const LABEL =
  /([\w.]+|"(?:[^"\\]|\\.)*")\s*(?:=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`))?\s*(?:,|$)/g;
const NUMBER = String.raw`[+-]?(?:[iI]nf|[nN]a[nN]|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)`;
const POINT = new RegExp(
  `^(?:(\\{\\{.*?\\}\\})(?:[+-]\\{\\{.*?\\}\\})?|(_)|(stale)|(${NUMBER})([+-]${NUMBER.slice(5)})?)(?:x(\\d+))?(?=\\s|$)`,
);
const SIMPLE_ESCAPES = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const ESCAPE =
  /^\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/;

/** Returns a duration such as `1h30m` in milliseconds; undefined for another text. */
export function durationMs(text) {
  if (!DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) sum += count * UNIT_MS[unit];
  return sum;
}

/** Returns a time in milliseconds: a duration, or seconds. */
export function timeMs(text) {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  return sign * (durationMs(body) ?? Number(body) * 1e3);
}

/** Returns a number as PromQL writes it; a duration is its seconds. */
export function number(text) {
  const sign = text.trimStart().startsWith('-') ? -1 : 1;
  const body = text.replace(/^\s*[+-]\s*/, '').replaceAll('_', '');
  if (/^inf$/i.test(body)) return sign * Infinity;
  if (/^nan$/i.test(body)) return Number.NaN;
  const ms = durationMs(body);
  if (ms !== undefined) return (sign * ms) / 1e3;
  return sign * (/^0[0-7]+$/.test(body) ? Number.parseInt(body, 8) : Number(body));
}

/** Returns the content of a quoted string of Go, whose bytes are UTF-8. */
export function unquoted(text) {
  const body = text.slice(1, -1);
  if (text.startsWith('`')) return body;
  const parts = [];
  for (let rest = body; rest !== '';) {
    const escape = rest.startsWith('\\') ? ESCAPE.exec(rest) : undefined;
    if (escape === null) throw new Error(`unknown escape in ${text}`);
    const taken = escape?.[0] ?? /^[^\\]+/.exec(rest)[0];
    parts.push(escape ? bytesOf(escape) : Buffer.from(taken));
    rest = rest.slice(taken.length);
  }
  return Buffer.concat(parts).toString();
}

function bytesOf([, simple, hexadecimal, octal, short, long]) {
  if (simple !== undefined) return Buffer.from(SIMPLE_ESCAPES[simple] ?? simple);
  if (hexadecimal !== undefined) return Buffer.of(Number.parseInt(hexadecimal, 16));
  if (octal !== undefined) return Buffer.of(Number.parseInt(octal, 8));
  return Buffer.from(String.fromCodePoint(Number.parseInt(short ?? long, 16)));
}

/** Splits a line `name{label="value"} points` into its labels and the rest. */
export function seriesOf(line) {
  const [whole, name, braces = ''] = SERIES.exec(line);
  const labels = name === undefined ? {} : { [NAME]: name };
  for (const [, key, value] of braces.slice(1, -1).matchAll(LABEL)) {
    const label = key.startsWith('"') ? unquoted(key) : key;
    if (value === undefined) labels[NAME] = label;
    else if (unquoted(value) !== '') labels[label] = unquoted(value);
  }
  return { labels, rest: line.slice(whole.length).trim() };
}

/** Returns the points of a list such as `1+2x3 _ stale 4`; undefined for a place without one. */
export function pointsOf(text) {
  const points = [];
  for (let rest = text.trim(); rest !== '';) {
    const match = POINT.exec(rest);
    if (match === null) throw new Error(`not a list of points: ${rest}`);
    append(points, match);
    rest = rest.slice(match[0].length).trimStart();
  }
  return points;
}

function append(points, [, native, gap, stale, first, change, repeats]) {
  // `_x3` is three gaps; `1x3` is four points.
  const count = gap === undefined ? Number(repeats ?? 0) + 1 : Number(repeats ?? 1);
  let value = native === undefined ? undefined : NATIVE;
  if (stale !== undefined) value = 'stale';
  if (first !== undefined) value = number(first);
  const step = change === undefined ? 0 : number(change);
  for (let i = 0; i < count; i++) {
    points.push(value);
    if (first !== undefined) value += step;
  }
}
