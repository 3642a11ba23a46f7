import type { Expression, MatrixSelector, Subquery, VectorSelector } from './expression.js';
import { takeFixedTime } from './selector-parser.js';
import type { TokenStream } from './token-stream.js';

/** Takes the modifiers after an operand: `[5m]`, `[1h:1m]`, `offset 5m`, `@ 0`, in any order that is allowed. */
export function takeModifiers(tokens: TokenStream, operand: Expression): Expression {
  let it = operand;
  for (;;) {
    const { start } = tokens.current;
    if (tokens.take('[')) it = takeBrackets(tokens, it, start);
    else if (tokens.take('offset')) it = withOffset(tokens, it);
    else if (tokens.take('@')) it = withTime(tokens, it);
    else return it;
  }
}

/** Takes `5m]` or `1h:1m]`. */
function takeBrackets(tokens: TokenStream, operand: Expression, bracket: number): Expression {
  const duration = { context: 'subquery or range selector', expected: 'number or duration' };
  const rangeMs = takeLength(tokens) ?? tokens.unexpected(duration);
  const { start } = operand;
  if (tokens.take(':')) {
    const stepMs = takeLength(tokens);
    tokens.expect(']', { context: 'subquery selector', expected: 'number, duration, or "]"' });
    const parts = { body: operand, rangeMs, stepMs, offsetMs: 0, at: undefined };
    return { kind: 'subquery', ...parts, start, end: tokens.lastEnd };
  }
  tokens.expect(']', { context: 'subquery or range', expected: '":" or "]"' });
  if (operand.kind !== 'selector') {
    return tokens.fail('ranges only allowed for vector selectors', bracket, SUBQUERY);
  }
  if (operand.offsetMs !== 0) tokens.fail('no offset modifiers allowed before range', bracket);
  if (operand.at !== undefined) tokens.fail('no @ modifiers allowed before range', bracket);
  return { kind: 'range', selector: operand, rangeMs, start, end: tokens.lastEnd };
}

const SUBQUERY = 'Use a subquery such as [5m:] for the range of an expression.';

/** Takes a positive duration, in milliseconds; `undefined` where none follows. */
function takeLength(tokens: TokenStream): number | undefined {
  const { start } = tokens.current;
  if (tokens.sees('-')) tokens.fail('duration must be greater than 0', start);
  const seconds = tokens.takeNumber();
  if (seconds === undefined) return undefined;
  const ms = Math.round(seconds * 1_000);
  if (!(ms > 0)) tokens.fail('duration must be greater than 0', start);
  if (!Number.isSafeInteger(ms)) tokens.fail('duration out of range', start);
  return ms;
}

function withOffset(tokens: TokenStream, operand: Expression): Expression {
  const { start } = tokens.current;
  const isNegative = tokens.sees('-');
  if (isNegative || tokens.sees('+')) tokens.next();
  const seconds = tokens.takeNumber();
  if (seconds === undefined) {
    return tokens.unexpected({ context: 'offset', expected: 'number or duration' });
  }
  const offsetMs = Math.round(seconds * 1_000) * (isNegative ? -1 : 1);
  if (!Number.isSafeInteger(offsetMs)) tokens.fail('duration out of range', start);
  return modified(tokens, operand, {
    name: 'offset',
    change: (it) => {
      if (it.offsetMs !== 0) tokens.fail('offset may not be set multiple times', operand.start);
      return { offsetMs };
    },
  });
}

function withTime(tokens: TokenStream, operand: Expression): Expression {
  const at = takeFixedTime(tokens);
  return modified(tokens, operand, {
    name: '@',
    change: (it) => {
      if (it.at !== undefined) {
        tokens.fail('@ <timestamp> may not be set multiple times', operand.start);
      }
      return { at };
    },
  });
}

interface Modifier {
  readonly name: string;
  readonly change: (
    it: VectorSelector | Subquery,
  ) => Partial<Pick<VectorSelector, 'offsetMs' | 'at'>>;
}

function modified(
  tokens: TokenStream,
  operand: Expression,
  { name, change }: Modifier,
): VectorSelector | MatrixSelector | Subquery {
  const end = tokens.lastEnd;
  switch (operand.kind) {
    case 'selector':
    case 'subquery':
      return { ...operand, ...change(operand), end };
    case 'range':
      return { ...operand, selector: { ...operand.selector, ...change(operand.selector) }, end };
    default: {
      const rule = 'modifier must be preceded by an instant vector selector or range vector';
      const problem = `${name} ${rule} selector or a subquery`;
      return tokens.fail(problem, operand.start);
    }
  }
}
