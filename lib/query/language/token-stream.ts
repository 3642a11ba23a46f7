import { QueryError } from '../query-error.js';
import { describeToken, Lexer, syntaxError, type Token } from './lexer.js';
import { parseDuration, parseNumber, unquote } from './literals.js';

/** Expected text in an error, and where it was expected. */
export interface Expectation {
  /** Part of the query: `grouping opts`. */
  readonly context?: string;
  /** Description of what could have followed. */
  readonly expected?: string;
}

/** Tokens of a query with one token of lookahead, and the errors at their places. */
export class TokenStream {
  readonly #query: string;
  readonly #lexer: Lexer;
  #current: Token;
  #lastEnd = 0;

  /** @throws QueryError `OBS_QUERY_SYNTAX` */
  constructor(query: string) {
    this.#query = query;
    this.#lexer = new Lexer(query);
    this.#current = this.#lexer.next();
  }

  /** Next token. */
  get current(): Token {
    return this.#current;
  }

  /** Index after the last token that was taken. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Lower-case text of the next token where it is a word, else its text. */
  get word(): string {
    const { kind, text } = this.#current;
    return kind === 'identifier' ? text.toLowerCase() : text;
  }

  /** Returns true where the next token is this symbol. */
  sees(symbol: string): boolean {
    return this.#current.kind === 'punctuation' && this.#current.text === symbol;
  }

  /** Returns true where the next token is this keyword, in any case. */
  seesWord(word: string): boolean {
    return this.#current.kind === 'identifier' && this.word === word;
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.#current;
    this.#lastEnd = token.end;
    this.#current = this.#lexer.next();
    return token;
  }

  /** Takes the next token where it is this symbol or keyword. */
  take(text: string): boolean {
    const isNext = this.sees(text) || this.seesWord(text);
    if (isNext) this.next();
    return isNext;
  }

  /** Takes this symbol. @throws QueryError `OBS_QUERY_SYNTAX` where something else follows. */
  expect(symbol: string, expectation: Expectation = {}): void {
    if (!this.take(symbol)) this.unexpected(expectation);
  }

  /** Returns the value of a string token. */
  stringValue({ text, start }: Token): string {
    return unquote(text, (problem) => this.fail(problem, start));
  }

  /** Takes a string and returns its value; `undefined` where none follows. */
  takeString(): string | undefined {
    return this.#current.kind === 'string' ? this.stringValue(this.next()) : undefined;
  }

  /** Takes a number, or a duration as its seconds; `undefined` where neither follows. */
  takeNumber(): number | undefined {
    const { kind, text, start } = this.#current;
    const isSpecial = kind === 'identifier' && /^(?:inf|nan)$/i.test(text);
    if (kind !== 'number' && kind !== 'duration' && !isSpecial) return undefined;
    this.next();
    if (kind !== 'duration') return parseNumber(text);
    const ms = parseDuration(text);
    return ms === undefined
      ? this.fail(`not a valid duration string: ${JSON.stringify(text)}`, start)
      : ms / 1_000;
  }

  /** @throws QueryError `OBS_QUERY_SYNTAX` for the next token. */
  unexpected({ context, expected }: Expectation = {}): never {
    const place = context === undefined ? '' : ` in ${context}`;
    const wanted = expected === undefined ? '' : `, expected ${expected}`;
    const problem = `unexpected ${describeToken(this.#current)}${place}${wanted}`;
    return this.fail(problem, this.#current.start);
  }

  /** @throws QueryError `OBS_QUERY_SYNTAX` for a place. */
  fail(problem: string, offset: number, remedy?: string): never {
    throw syntaxError(this.#query, offset, { problem, remedy });
  }

  /** Calls a function and gives its errors this place in the query. */
  at<T>(offset: number, call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof QueryError) || error.code !== 'OBS_QUERY_SYNTAX') throw error;
      return this.fail(error.detail, offset, error.remedy);
    }
  }
}
