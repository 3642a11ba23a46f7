import { QueryError } from '../query-error.js';
import { aggregators, isKeyword, isOperator } from './keywords.js';

/** Kind of a token. `punctuation` includes brackets and operators. */
export type TokenKind = 'end' | 'identifier' | 'number' | 'duration' | 'string' | 'punctuation';

/** Token of a query. */
export interface Token {
  readonly kind: TokenKind;
  /** Text in the query; a string has its quotes. */
  readonly text: string;
  /** Index of the first code unit. */
  readonly start: number;
  /** Index after the last code unit. */
  readonly end: number;
}

const SPACES_AND_COMMENTS = /(?:[ \t\n\r]+|#[^\n\r]*)*/y;
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F](?:_?[0-9a-fA-F])*|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)(?![\w.])/y;
const DURATION = /(?:\d+(?:ms|[smhdwy]))+(?!\w)/y;
const WRONG_NUMBER = /[\w.]+/y;
const IDENTIFIER = /[a-zA-Z_:][\w:]*/y;
// Label names have no colons, and a colon in brackets precedes the step of a subquery.
const NAME = /[a-zA-Z_]\w*/y;
const OPERATOR = /==|!=|<=|>=|[-+*/%^=<>@,]/y;
const LABEL_OPERATOR = /=~|!~|!=|[=,]/y;
const STRING = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|`[^`]*`/y;
const BRACKETS = /[()[\]{}]/y;

/** Splits a query into tokens, one at a time: names, colons and operators differ within braces and brackets. */
export class Lexer {
  readonly #query: string;
  #position = 0;
  #parentheses = 0;
  #isInBraces = false;
  #isInBrackets = false;

  constructor(query: string) {
    this.#query = query;
  }

  /** @throws QueryError `OBS_QUERY_SYNTAX` */
  next(): Token {
    this.#match(SPACES_AND_COMMENTS);
    const start = this.#position;
    if (start >= this.#query.length) return this.#end(start);
    const char = this.#query[start]!;
    if (/[\d.]/.test(char) && !this.#isInBraces) return this.#number(start);
    if (/["'`]/.test(char)) return this.#string(start);
    if (this.#isInBrackets && char === ':') return this.#token('punctuation', start, start + 1);
    const name = this.#match(this.#isInBraces || this.#isInBrackets ? NAME : IDENTIFIER);
    if (name !== undefined) return this.#token('identifier', start, this.#position);
    const symbol =
      this.#match(this.#isInBraces ? LABEL_OPERATOR : OPERATOR) ?? this.#match(BRACKETS);
    if (symbol === undefined) return this.#unexpected(start);
    this.#nest(symbol, start);
    return this.#token('punctuation', start, this.#position);
  }

  #token(kind: TokenKind, start: number, end: number): Token {
    this.#position = end;
    return { kind, text: this.#query.slice(start, end), start, end };
  }

  #match(expression: RegExp): string | undefined {
    expression.lastIndex = this.#position;
    const text = expression.exec(this.#query)?.[0];
    if (text !== undefined) this.#position += text.length;
    return text;
  }

  #end(start: number): Token {
    if (this.#isInBraces) this.#fail('unexpected end of input inside braces', start);
    if (this.#parentheses > 0) this.#fail('unclosed left parenthesis', start);
    if (this.#isInBrackets) this.#fail('unclosed left bracket', start);
    return this.#token('end', start, start);
  }

  #number(start: number): Token {
    if (this.#match(NUMBER) !== undefined) return this.#token('number', start, this.#position);
    if (this.#match(DURATION) !== undefined) return this.#token('duration', start, this.#position);
    const text = this.#match(WRONG_NUMBER);
    return this.#fail(`bad number or duration syntax: ${JSON.stringify(text)}`, start);
  }

  #string(start: number): Token {
    if (this.#match(STRING) !== undefined) return this.#token('string', start, this.#position);
    const isRaw = this.#query[start] === '`';
    return this.#fail(isRaw ? 'unterminated raw string' : 'unterminated quoted string', start);
  }

  #nest(symbol: string, start: number): void {
    if (this.#isInBraces && '()[]{'.includes(symbol)) {
      this.#fail(`unexpected character inside braces: '${symbol}'`, start);
    }
    if (symbol === '(') this.#parentheses++;
    if (symbol === ')' && --this.#parentheses < 0) {
      this.#fail("unexpected right parenthesis ')'", start);
    }
    if (symbol === '{') this.#isInBraces = true;
    if (symbol === '}') {
      if (!this.#isInBraces) this.#fail("unexpected character: '}'", start);
      this.#isInBraces = false;
    }
    if (symbol === '[') {
      if (this.#isInBrackets) this.#fail("unexpected left bracket '['", start);
      this.#isInBrackets = true;
    }
    if (symbol === ']') {
      if (!this.#isInBrackets) this.#fail("unexpected right bracket ']'", start);
      this.#isInBrackets = false;
    }
  }

  #unexpected(start: number): never {
    const [char] = this.#query.slice(start, start + 2);
    const next = this.#query.slice(start + 1, start + 2);
    const where = this.#isInBraces ? ' inside braces' : '';
    if (char === '!') {
      return this.#fail(`unexpected character after '!'${where}: '${next}'`, start);
    }
    return this.#fail(`unexpected character${where}: '${char}'`, start);
  }

  #fail(problem: string, start: number): never {
    throw syntaxError(this.#query, start, { problem });
  }
}

/** Returns a token in the words of Prometheus. */
export function describeToken({ kind, text }: Token): string {
  if (kind === 'end') return 'end of input';
  if (kind === 'string' || kind === 'number' || kind === 'duration') {
    return `${kind} ${JSON.stringify(text)}`;
  }
  const word = text.toLowerCase();
  if (isOperator(word)) return `<op:${word}>`;
  if (kind === 'punctuation') return JSON.stringify(text);
  if (aggregators.has(word)) return `<aggr:${word}>`;
  if (isKeyword(word)) return `<${word}>`;
  const isMetric = text.includes(':');
  return `${isMetric ? 'metric identifier' : 'identifier'} ${JSON.stringify(text)}`;
}

/** Returns the error of a place in a query, with line and column as Prometheus counts them. */
export function syntaxError(
  query: string,
  offset: number,
  { problem, remedy }: { readonly problem: string; readonly remedy?: string | undefined },
): QueryError {
  const before = query.slice(0, offset).split('\n');
  const place = `${before.length}:${before.at(-1)!.length + 1}`;
  const detail = `${place}: parse error: ${problem}`;
  return new QueryError('OBS_QUERY_SYNTAX', { detail, remedy, offset });
}
