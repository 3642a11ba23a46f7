// The unit words of promlint, the linter behind `promtool check metrics`, and `percent`.
// Source: https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint/validations
const BASE_UNITS: Readonly<Record<string, readonly string[]>> = {
  amperes: ['amperes'],
  bytes: ['bytes', 'bits'],
  celsius: ['celsius', 'fahrenheit', 'rankine'],
  grams: ['grams', 'pounds', 'ounces'],
  joules: ['joules', 'calories'],
  kelvin: ['kelvin', 'kelvins'],
  meters: ['meters', 'inches', 'yards', 'miles'],
  ratio: ['ratio', 'percent'],
  seconds: ['seconds', 'minutes', 'hours', 'days', 'weeks'],
  volts: ['volts'],
};
const PREFIXES = [
  ['', 'pico', 'nano', 'micro', 'milli', 'centi', 'deci', 'deca', 'hecto'],
  ['kilo', 'kibi', 'mega', 'mibi', 'giga', 'gibi', 'tera', 'tebi', 'peta', 'pebi'],
].flat();
const ABBREVIATIONS: Readonly<Record<string, readonly string[]>> = {
  seconds: ['s', 'ms', 'us', 'ns', 'sec', 'm', 'h', 'd'],
  bytes: ['b', 'kb', 'mb', 'gb', 'tb', 'pb'],
};

const baseUnitByWord = new Map([
  ...Object.entries(BASE_UNITS).flatMap(([base, words]) => withPrefixes(base, words)),
  ...Object.entries(ABBREVIATIONS).flatMap(([base, words]) =>
    words.map((it) => [it, base] as const),
  ),
]);

/** The unit to use in place of a word of a metric's name; `undefined` when the word is a base unit or no unit. */
export function baseUnitInsteadOf(word: string): string | undefined {
  const base = baseUnitByWord.get(word);
  return base === word ? undefined : base;
}

function withPrefixes(base: string, words: readonly string[]) {
  return words.flatMap((word) => PREFIXES.map((prefix) => [`${prefix}${word}`, base] as const));
}
