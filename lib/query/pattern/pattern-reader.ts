import { QueryError } from '../query-error.js';
import { categoryOf } from './char-set.js';

const MAX_CODE_POINT = 0x10ffff;
const SIMPLE_ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** Cursor over the text of a regular expression. */
export class PatternReader {
  /** Index of the next UTF-16 code unit. */
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** True when everything is read. */
  get isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  /** Returns true where the text goes on with this one. */
  sees(text: string): boolean {
    return this.#text.startsWith(text, this.position);
  }

  /** Reads this text where it is next. */
  take(text: string): boolean {
    const isNext = this.sees(text);
    if (isNext) this.position += text.length;
    return isNext;
  }

  /** Reads the match of a sticky expression where there is one. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.position;
    const match = expression.exec(this.#text) ?? undefined;
    if (match) this.position = expression.lastIndex;
    return match;
  }

  /** Reads one character, as its code point. */
  next(): number {
    const code = this.#text.codePointAt(this.position)!;
    this.position += code > 0xffff ? 2 : 1;
    return code;
  }

  /**
   * Reads the rest of an escape sequence after its backslash.
   *
   * @param start - Position of the backslash.
   * @returns A code point, or the test of a Unicode category.
   */
  escape(start: number): number | RegExp {
    const simple = this.takeMatch(/[aftnrv]/y)?.[0];
    if (simple !== undefined) return SIMPLE_ESCAPES[simple]!;
    const hex = this.takeMatch(/x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/y);
    if (hex) {
      const code = Number.parseInt(hex[1] ?? hex[2]!, 16);
      return code <= MAX_CODE_POINT ? code : this.fail('invalid escape sequence', start);
    }
    const octal = this.takeMatch(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y)?.[0];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const category = this.takeMatch(/([pP])(?:\{(\^?)(\w+)\}|(\w))/y);
    if (category) {
      const [, letter, caret, name, short] = category;
      const isNegated = (letter === 'P') !== (caret === '^');
      const test = categoryOf(name ?? short!, isNegated);
      return test ?? this.fail('invalid character class range', start);
    }
    const punctuation = this.takeMatch(/[!-/:-@[-`{-~]/y)?.[0];
    if (punctuation !== undefined) return punctuation.codePointAt(0)!;
    if (this.isAtEnd) return this.fail('trailing backslash at end of expression', start);
    this.next();
    return this.fail('invalid escape sequence', start);
  }

  /**
   * @param start - Start of the text to quote; the whole expression by default.
   * @throws QueryError `OBS_QUERY_SYNTAX` with this problem.
   */
  fail(problem: string, start?: number): never {
    const text = start === undefined ? this.#text : this.#text.slice(start, this.position);
    const detail = `error parsing regexp: ${problem}: \`${text}\``;
    throw new QueryError('OBS_QUERY_SYNTAX', { detail, remedy: 'Use the syntax of RE2.' });
  }
}
