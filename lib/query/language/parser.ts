import { QueryError } from '../query-error.js';
import { nearestNames } from '../../options/nearest-names.js';
import type { Aggregation, Expression, Unary, VectorMatching } from './expression.js';
import { functions } from './functions.js';
import type { Token } from './lexer.js';
import { takeGrouping, takeMatching } from './grouping-parser.js';
import { aggregators, isReserved, precedences, UNARY_PRECEDENCE } from './keywords.js';
import { takeModifiers } from './modifier-parser.js';
import { takeSelector } from './selector-parser.js';
import { TokenStream } from './token-stream.js';
import { checkTypes } from './semantics.js';

const MAX_LENGTH = 16_384;
const MAX_DEPTH = 128;
const NO_GROUPING = { grouping: [] as readonly string[], isWithout: false };

/**
 * Parses a query and checks its types.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`, or `OBS_QUERY_LIMIT` for one that is too long or nests too deeply.
 */
export function parseQuery(query: string): Expression {
  if (query.length > MAX_LENGTH) {
    const detail = `query has ${query.length} characters, more than ${MAX_LENGTH}`;
    throw new QueryError('OBS_QUERY_LIMIT', { detail, remedy: 'Shorten the query.' });
  }
  const tokens = new TokenStream(query);
  if (tokens.current.kind === 'end') tokens.fail('no expression found in input', 0);
  const expression = new Parser(tokens).parse();
  checkTypes(expression, tokens);
  return expression;
}

/** Pratt parser: operators bind their operands by precedence. */
class Parser {
  readonly #tokens: TokenStream;
  readonly #depths = new WeakMap<Expression, number>();
  #nesting = 0;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression(1);
    if (this.#tokens.current.kind !== 'end') this.#tokens.unexpected();
    return expression;
  }

  #expression(minPrecedence: number): Expression {
    if (++this.#nesting > MAX_DEPTH) throw tooDeep();
    let left = this.#operand();
    for (;;) {
      const operator = this.#tokens.word;
      const precedence = this.#binaryPrecedence();
      if (precedence < minPrecedence) break;
      const { start: operatorAt } = this.#tokens.next();
      const returnsBool = this.#tokens.take('bool');
      const matching: VectorMatching = takeMatching(this.#tokens);
      // The power operator associates to the right.
      const right = this.#expression(operator === '^' ? precedence : precedence + 1);
      const { start } = left;
      const { end } = right;
      const parts = { operator, left, right, matching, returnsBool, operatorAt };
      left = this.#node({ kind: 'binary', ...parts, start, end }, left, right);
    }
    this.#nesting--;
    return left;
  }

  #binaryPrecedence(): number {
    const { kind } = this.#tokens.current;
    if (kind !== 'punctuation' && kind !== 'identifier') return 0;
    return precedences.get(this.#tokens.word) ?? 0;
  }

  #operand(): Expression {
    const tokens = this.#tokens;
    if (!tokens.sees('-') && !tokens.sees('+')) return takeModifiers(tokens, this.#primary());
    const { start, text: operator } = tokens.next();
    const body = this.#expression(UNARY_PRECEDENCE + 1);
    if (body.kind === 'number') {
      return { ...body, value: operator === '-' ? -body.value : body.value, start };
    }
    const unary: Unary = { kind: 'unary', operator, body, start, end: body.end };
    return this.#node(unary, body);
  }

  #primary(): Expression {
    const tokens = this.#tokens;
    const { kind, start } = tokens.current;
    if (tokens.sees('{')) return takeSelector(tokens);
    if (tokens.take('(')) {
      const body = this.#expression(1);
      tokens.expect(')');
      return this.#node({ kind: 'parentheses', body, start, end: tokens.lastEnd }, body);
    }
    const value = tokens.takeNumber();
    if (value !== undefined) return { kind: 'number', value, start, end: tokens.lastEnd };
    if (kind === 'string') {
      const token = tokens.next();
      return { kind: 'string', value: tokens.stringValue(token), start, end: token.end };
    }
    if (kind !== 'identifier' || isReserved(tokens.word)) return tokens.unexpected();
    return this.#named();
  }

  /** Takes a selector, a function call or an aggregation: the token after the name tells which. */
  #named(): Expression {
    const tokens = this.#tokens;
    const isAggregator = aggregators.has(tokens.word);
    const name = tokens.next();
    const isCall = tokens.sees('(');
    if (isAggregator && (isCall || tokens.seesWord('by') || tokens.seesWord('without'))) {
      return this.#aggregation(name);
    }
    return isCall ? this.#call(name) : takeSelector(tokens, name);
  }

  #call({ text: name, start }: Token): Expression {
    const tokens = this.#tokens;
    const signature = functions.get(name);
    if (signature === undefined) {
      const near = nearestNames(name, functions.keys());
      const remedy = near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`;
      return tokens.fail(`unknown function with name ${JSON.stringify(name)}`, start, remedy);
    }
    const args = this.#arguments();
    return this.#node({ kind: 'call', signature, args, start, end: tokens.lastEnd }, ...args);
  }

  #arguments(): Expression[] {
    const tokens = this.#tokens;
    const args: Expression[] = [];
    tokens.expect('(');
    if (tokens.take(')')) return args;
    for (;;) {
      args.push(this.#expression(1));
      const { start } = tokens.current;
      if (tokens.take(')')) return args;
      tokens.expect(',');
      if (tokens.sees(')')) tokens.fail('trailing commas not allowed in function call args', start);
    }
  }

  #aggregation({ text, start }: Token): Expression {
    const tokens = this.#tokens;
    const operator = text.toLowerCase();
    const before = takeGrouping(tokens);
    const args = this.#arguments();
    const { grouping, isWithout } = before ?? takeGrouping(tokens) ?? NO_GROUPING;
    const wanted = aggregators.get(operator) ? 2 : 1;
    if (args.length !== wanted) {
      const problem =
        args.length === 0
          ? 'no arguments for aggregate expression provided'
          : `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`;
      tokens.fail(problem, start);
    }
    const body = args.at(-1)!;
    const parameter = wanted === 2 ? args[0] : undefined;
    const parts = { operator, grouping, isWithout, parameter, body };
    const node: Aggregation = { kind: 'aggregation', ...parts, start, end: tokens.lastEnd };
    return this.#node(node, ...args);
  }

  /** Bounds the depth of the tree, which also grows without nesting: `1 + 1 + 1 …`. */
  #node(node: Expression, ...children: readonly Expression[]): Expression {
    const depth = Math.max(0, ...children.map((it) => this.#depths.get(it) ?? 0)) + 1;
    if (depth > MAX_DEPTH) throw tooDeep();
    this.#depths.set(node, depth);
    return node;
  }
}

function tooDeep(): QueryError {
  const detail = `query nests more than ${MAX_DEPTH} levels`;
  return new QueryError('OBS_QUERY_LIMIT', { detail, remedy: 'Split the query.' });
}
