const MAX_CODE_POINT = 0x10ffff;
const ASCII_SIZE = 0x80;

/** Parts of a {@link CharSet}. */
export interface CharSetParts {
  /** Ranges of code points: start, end, start, end …; both inclusive. */
  readonly ranges: readonly number[];
  /** Unicode categories that belong to the set as well. */
  readonly categories: readonly RegExp[];
  /** Contains exactly the other characters. */
  readonly isNegated: boolean;
}

/** Set of characters of a regular expression. */
export class CharSet {
  /** Ranges of code points: start, end, start, end …; both inclusive. */
  readonly ranges: readonly number[];
  readonly #categories: readonly RegExp[];
  readonly #isNegated: boolean;
  readonly #foldsCase: boolean;
  /** Answers for ASCII: 0 for not asked yet, 1 for no, 2 for yes. */
  readonly #known = new Uint8Array(ASCII_SIZE);

  constructor({ ranges, categories, isNegated }: CharSetParts, foldsCase: boolean) {
    this.ranges = ranges;
    this.#categories = categories;
    this.#isNegated = isNegated;
    this.#foldsCase = foldsCase;
  }

  /** Returns the set of one character. */
  static of(char: string): CharSet {
    const code = char.codePointAt(0)!;
    return new CharSet({ ranges: [code, code], categories: [], isNegated: false }, false);
  }

  /** Code point of a set of one character; `undefined` for any other set. */
  get single(): number | undefined {
    const [low, high] = this.ranges;
    const isOne = this.ranges.length === 2 && low === high && this.#categories.length === 0;
    return isOne && !this.#isNegated && !this.#foldsCase ? low : undefined;
  }

  /** True for the set of all characters. */
  get isAny(): boolean {
    return this.#isNegated && this.ranges.length === 0 && this.#categories.length === 0;
  }

  /** Returns true for a character of the set. */
  has(code: number): boolean {
    if (code >= ASCII_SIZE) return this.#find(code);
    if (this.#known[code] === 0) this.#known[code] = this.#find(code) ? 2 : 1;
    return this.#known[code] === 2;
  }

  #find(code: number): boolean {
    return (this.#includes(code) || this.#includesOtherCase(code)) !== this.#isNegated;
  }

  #includes(code: number): boolean {
    if (isInRanges(this.ranges, code)) return true;
    if (this.#categories.length === 0) return false;
    const char = String.fromCodePoint(code);
    return this.#categories.some((it) => it.test(char));
  }

  #includesOtherCase(code: number): boolean {
    if (!this.#foldsCase) return false;
    const char = String.fromCodePoint(code);
    return [char.toLowerCase(), char.toUpperCase()].some(
      (it) => it !== char && it.length === char.length && this.#includes(it.codePointAt(0)!),
    );
  }
}

function isInRanges(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (code >= ranges[i]! && code <= ranges[i + 1]!) return true;
  }
  return false;
}

// Each of these looks at one character, so that none of them can run away.
const categoryTests: Readonly<Record<string, readonly [RegExp, RegExp]>> = {
  L: [/\p{L}/u, /\P{L}/u],
  Lu: [/\p{Lu}/u, /\P{Lu}/u],
  Ll: [/\p{Ll}/u, /\P{Ll}/u],
  Lt: [/\p{Lt}/u, /\P{Lt}/u],
  Lm: [/\p{Lm}/u, /\P{Lm}/u],
  Lo: [/\p{Lo}/u, /\P{Lo}/u],
  M: [/\p{M}/u, /\P{M}/u],
  N: [/\p{N}/u, /\P{N}/u],
  Nd: [/\p{Nd}/u, /\P{Nd}/u],
  Nl: [/\p{Nl}/u, /\P{Nl}/u],
  No: [/\p{No}/u, /\P{No}/u],
  P: [/\p{P}/u, /\P{P}/u],
  S: [/\p{S}/u, /\P{S}/u],
  Z: [/\p{Z}/u, /\P{Z}/u],
  C: [/\p{C}/u, /\P{C}/u],
};

/** Returns the test of a Unicode category, such as `Lu`; `undefined` for an unknown one. */
export function categoryOf(name: string, isNegated: boolean): RegExp | undefined {
  return Object.hasOwn(categoryTests, name) ? categoryTests[name]![isNegated ? 1 : 0] : undefined;
}

const ranges = (text: string) => [...text].map((it) => it.codePointAt(0)!);
const DIGITS = ranges('09');
const SPACES = [...ranges('\t\n'), ...ranges('\f\r'), ...ranges('  ')];
const WORD = ranges('09AZ__az');

/** Ranges of the Perl classes: `\d`, `\s` and `\w`, and their complements in upper case. */
export const perlClasses: Readonly<Record<string, readonly number[]>> = {
  d: DIGITS,
  s: SPACES,
  w: WORD,
  D: complement(DIGITS),
  S: complement(SPACES),
  W: complement(WORD),
};

/** Ranges of the POSIX classes, such as `[:alpha:]`. */
export const posixClasses: Readonly<Record<string, readonly number[]>> = {
  alnum: ranges('09AZaz'),
  alpha: ranges('AZaz'),
  ascii: [0, 0x7f],
  blank: ranges('\t\t  '),
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit: DIGITS,
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/:@[`{~'),
  space: [9, 13, 32, 32],
  upper: ranges('AZ'),
  word: WORD,
  xdigit: ranges('09AFaf'),
};

/** Returns the ranges of all other characters, for ranges in ascending order. */
export function complement(ranges: readonly number[]): readonly number[] {
  const others: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i]! > next) others.push(next, ranges[i]! - 1);
    next = ranges[i + 1]! + 1;
  }
  if (next <= MAX_CODE_POINT) others.push(next, MAX_CODE_POINT);
  return others;
}

/** Returns true for a character of `\w`. */
export function isWordChar(code: number): boolean {
  return isInRanges(WORD, code);
}
