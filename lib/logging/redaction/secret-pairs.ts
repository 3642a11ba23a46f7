import type { SecretNames } from './secret-names.js';

// The separator may be escaped, as in JSON within JSON: `\"token\":`.
const NAME =
  /(?:(?<![\w-])|(?<=(?<![\w-])--?))([a-z_][\w.-]{1,63})((\\{0,15})["']?\s{0,2}(?:=>?|:=?)\s{0,2})/gi;
const QUOTE = /(\\{0,15})(["'])/y;
const WORD = /(?:[^\s&;"'<>\\]|\\(?!["'\\nrt])|["'](?=\w))+/y;
const HARMLESS = /^(?:null|undefined|true|false|none|\*+|\[redacted\].*|)$/i;
const PASSWORD = /(?:pass(?:word|wd|phrase|code)?|pwd|secret)\d*$/i;

const PROSE_NAME = /(?:pass(?:word|wd|phrase|code)|pwd)\d*$/i;
const PROSE_WORD =
  /(?:ed|ing|ments?|[ts]ions?|able|ible|ous|ity|ness|ally|less|ory|ive|ers?|ent|ects?)$|^(?:different|identical|strength|defaults?|database|username|policies|attempts?|optional|unknown|mismatch(?:es)?|timeout|external|internal|somewhere|nothing|anything|plaintext|keychain|keyring|arguments?|variables?|standard|temporary|original|previous|obsolete|complete|incomplete|undefined|necessary|elsewhere|validate|whatever)$/i;

/** A notation other than `name=value`. */
interface Notation {
  /** Text that every use of it contains. */
  readonly sign: string;
  /** Name with its separator. */
  readonly name: RegExp;
  /** Value that follows. */
  readonly value: RegExp;
}

/** Elements of XML, options of commands, parts of a form, encoded queries. */
const NOTATIONS: readonly Notation[] = [
  { sign: '</', name: /<([a-z_][\w.:-]{1,63})(?:\s[^<>]{0,256})?>/gi, value: /[^<>]+/y },
  {
    sign: '--',
    name: /(?<![\w-])--([a-z][\w-]{1,63})\s{1,2}(?!-)/gi,
    value: /"[^"]*|'[^']*|[^\s"']+/y,
  },
  {
    sign: 'name=',
    name: /\bname="?([\w.-]{2,63})"?(?:\r?\n[\w-]{1,63}:[^\r\n]{0,256}){0,4}\r?\n\r?\n/g,
    value: /[^\r\n]+/y,
  },
  {
    sign: '%',
    name: /(?:%(?:25){0,2}[0-7][0-9a-f])?([a-z_][\w.-]{1,63})(?:%(?:25){0,2}2[02])?%(?:25){0,2}3[ad](?:%(?:25){0,2}2[02])?/gi,
    value: /(?:(?!%(?:25){0,2}(?:26|3b|22|0a|7d))[^\s&;"'<>\\])+/iy,
  },
];

/** Longest value in brackets that is looked through for its end. */
const LONGEST_BRACKETS = 4_096;
const CLOSING = ')]},.';

/** Replaces the values after names of secrets in text: `password=x`, `"token":["x"]`, `?api_key=x`, `<secret>x</secret>`. */
export class SecretPairs {
  readonly #names: SecretNames;
  readonly #censor: string;

  constructor(names: SecretNames, censor: string) {
    this.#names = names;
    this.#censor = censor;
  }

  /** Returns the text without the values of secrets; the same text when it has none. */
  redact(text: string): string {
    let found = this.#withoutValues(text);
    for (const it of NOTATIONS) if (found.includes(it.sign)) found = this.#without(found, it);
    return found;
  }

  #without(text: string, notation: Notation): string {
    let clean = '';
    let done = 0;
    for (const { 0: all, 1: name = '', index } of text.matchAll(notation.name)) {
      if (index < done || !this.#isSecret(name)) continue;
      const start = index + all.length;
      notation.value.lastIndex = start;
      const value = notation.value.exec(text)?.[0] ?? '';
      if (HARMLESS.test(value) || this.#names.isHarmless(name, value)) continue;
      clean += `${text.slice(done, start)}${this.#censor}`;
      done = start + value.length;
    }
    return done === 0 ? text : `${clean}${text.slice(done)}`;
  }

  #withoutValues(text: string): string {
    let clean = '';
    let done = 0;
    for (const found of text.matchAll(NAME)) {
      const { 0: all, 1: name = '', 2: between = '', index } = found;
      if (index < done || !this.#isSecret(name)) continue;
      const start = index + all.length;
      const { from, to, isWhole } = valueAt(text, start);
      const content = text.slice(from, to);
      if (!this.#isValue({ name, between, content }, isWhole)) continue;
      clean += `${text.slice(done, from)}${this.#censor}`;
      done = to - (isWhole ? 0 : closingLength(content));
    }
    return done === 0 ? text : `${clean}${text.slice(done)}`;
  }

  #isSecret(name: string): boolean {
    return this.#names.has(name) || this.#names.has(name.slice(name.lastIndexOf('.') + 1));
  }

  /** Prose such as `token: expired` is no secret. */
  #isValue({ name, between, content }: Pair, isWhole: boolean): boolean {
    if (HARMLESS.test(content) || this.#names.isHarmless(name, content)) return false;
    if (isWhole) return true;
    if (/\s/.test(between)) {
      return content.length >= 8 && (isOpaque(content) || isPassphrase(name, content));
    }
    return PASSWORD.test(name) || content.length >= 8 || isOpaque(content);
  }
}

interface Pair {
  readonly name: string;
  readonly between: string;
  readonly content: string;
}

/** Place of a value. One in quotes or brackets is whole: it is no word of a sentence. */
interface Value {
  readonly from: number;
  readonly to: number;
  readonly isWhole: boolean;
}

function valueAt(text: string, start: number): Value {
  QUOTE.lastIndex = start;
  const [opening, escape = '', quote = ''] = QUOTE.exec(text) ?? [];
  if (opening !== undefined) {
    const from = start + opening.length;
    return { from, to: quotedEnd(text, from, { quote, depth: escape.length }), isWhole: true };
  }
  const end = bracketsEnd(text, start);
  if (end !== undefined) return { from: start, to: end, isWhole: true };
  WORD.lastIndex = start;
  const [word = ''] = WORD.exec(text) ?? [];
  return { from: start, to: start + word.length, isWhole: false };
}

interface Opening {
  readonly quote: string;
  /** Backslashes before it. */
  readonly depth: number;
}

/** A quote that is escaped once more than the first one belongs to the value. */
function quotedEnd(text: string, from: number, { quote, depth }: Opening): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let first = at;
    while (first > from && text.charAt(first - 1) === '\\') first--;
    if ((at - first) % (2 * (depth + 1)) === depth) return first + (at - first - depth);
  }
  return text.length;
}

/** Returns the end of an object or array that contains a quote: in brackets without one is a word of a sentence. */
function bracketsEnd(text: string, start: number): number | undefined {
  if (!'[{'.includes(text.charAt(start) || ' ')) return undefined;
  const limit = Math.min(text.length, start + LONGEST_BRACKETS);
  let depth = 0;
  let isQuoted = false;
  for (let i = start; i < limit; i++) {
    const character = text.charAt(i);
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    else if (character === '"' || character === "'") isQuoted = true;
    if (depth === 0) return isQuoted ? i + 1 : undefined;
  }
  return isQuoted ? text.length : undefined;
}

/** Returns true after `password:` for a word that is none of those that prose says about passwords. */
function isPassphrase(name: string, content: string): boolean {
  const word = content.slice(0, content.length - closingLength(content));
  return PROSE_NAME.test(name) && /^[a-z]{8,}$/i.test(word) && !PROSE_WORD.test(word);
}

/** Number of brackets and stops at the end of a value. A pattern that ends with `$` would take quadratic time. */
function closingLength(value: string): number {
  let end = value.length;
  while (end > 0 && CLOSING.includes(value.charAt(end - 1))) end--;
  return value.length - end;
}

/** Returns true for text that is no plain word: it has a digit, a sign within, or capitals after the first letter. */
export function isOpaque(value: string): boolean {
  return /\d|[a-z][A-Z]|[A-Z]{2}[a-z]|\S[=+/_~!@#$%^&*|-]\S/.test(value);
}
