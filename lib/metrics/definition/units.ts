// UCUM codes, which OpenTelemetry uses, and the words of Prometheus for them. Sources: https://ucum.org/ucum and
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1
const wordByCode: Readonly<Record<string, string>> = {
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  min: 'minutes',
  h: 'hours',
  d: 'days',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tebibytes',
  KBy: 'kilobytes',
  kBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  Cel: 'celsius',
  K: 'kelvin',
  g: 'grams',
  m: 'meters',
  J: 'joules',
  V: 'volts',
  A: 'amperes',
  W: 'watts',
  Hz: 'hertz',
  '%': 'percent',
};

const codeByWord = new Map(Object.entries(wordByCode).map(([code, word]) => [word, code]));

const perWordByCode: Readonly<Record<string, string>> = {
  s: 'second',
  min: 'minute',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** Returns the UCUM code of a Prometheus unit; a unit unknown to UCUM is in braces. */
export function unitCodeOf(word: string): string {
  if (word === 'ratio') return '1';
  return codeByWord.get(word) ?? `{${word}}`;
}

/** Returns the Prometheus words of a UCUM unit, such as `meters_per_second`; empty for `1` and for annotations. */
export function unitWordsOf(code: string): string {
  const [main = '', per = ''] = code
    .replaceAll(/\{[^}]*\}/g, '')
    .trim()
    .split('/', 2);
  const words = main === '1' ? '' : wordOf(main, wordByCode);
  const divisor = wordOf(per, perWordByCode);
  const joined = divisor === '' ? words : `${words}_per_${divisor}`;
  return joined.replace(/^_/, '');
}

function wordOf(code: string, words: Readonly<Record<string, string>>): string {
  const known = Object.hasOwn(words, code) ? words[code] : undefined;
  return known ?? code.replaceAll(/[^a-zA-Z0-9]+/g, '_').replaceAll(/^_|_$/g, '');
}
