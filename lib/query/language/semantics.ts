import { type Binary, type Call, childrenOf, type Expression, typeOf } from './expression.js';
import type { ValueType } from './functions.js';
import { isComparison, isSetOperator } from './keywords.js';
import type { TokenStream } from './token-stream.js';

const names: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/**
 * Checks the types of all operands and arguments.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`
 */
export function checkTypes(it: Expression, tokens: TokenStream): void {
  const isLeafFirst = it.kind !== 'call' && it.kind !== 'binary';
  if (isLeafFirst) for (const child of childrenOf(it)) checkTypes(child, tokens);
  switch (it.kind) {
    case 'call':
      return checkCall(it, tokens);
    case 'binary':
      return checkBinary(it, tokens);
    case 'aggregation': {
      expectType(it.body, 'vector', { tokens, context: 'aggregation expression' });
      if (it.parameter === undefined) return;
      const type = it.operator === 'count_values' ? 'string' : 'scalar';
      return expectType(it.parameter, type, { tokens, context: 'aggregation parameter' });
    }
    case 'unary': {
      const type = typeOf(it.body);
      if (type === 'scalar' || type === 'vector') return;
      const problem =
        'unary expression only allowed on expressions of type scalar or instant vector';
      return tokens.fail(`${problem}, got "${names[type]}"`, it.start);
    }
    case 'subquery': {
      const type = typeOf(it.body);
      if (type === 'vector') return;
      return tokens.fail(
        `subquery is only allowed on instant vector, got ${type} instead`,
        it.start,
      );
    }
    default:
  }
}

function expectType(
  it: Expression,
  wanted: ValueType,
  { tokens, context }: { readonly tokens: TokenStream; readonly context: string },
): void {
  const type = typeOf(it);
  if (type === wanted) return;
  const needsRange = wanted === 'matrix' && it.kind === 'selector';
  const remedy = needsRange ? 'Add a range such as [5m] to the selector.' : undefined;
  tokens.fail(`expected type ${names[wanted]} in ${context}, got ${names[type]}`, it.start, remedy);
}

function checkCall({ signature, args, start }: Call, tokens: TokenStream): void {
  const [fewest, most] = signature.counts;
  const name = JSON.stringify(signature.name);
  if (args.length < fewest || args.length > most) {
    const isFew = args.length < fewest;
    const bound = fewest === most ? '' : isFew ? 'at least ' : 'at most ';
    const count = isFew ? fewest : most;
    const problem = `expected ${bound}${count} argument(s) in call to ${name}, got ${args.length}`;
    tokens.fail(problem, start);
  }
  for (const [i, arg] of args.entries()) {
    checkTypes(arg, tokens);
    const wanted = signature.args[Math.min(i, signature.args.length - 1)]!;
    expectType(arg, wanted, { tokens, context: `call to function ${name}` });
  }
}

function checkBinary(it: Binary, tokens: TokenStream): void {
  checkTypes(it.left, tokens);
  checkTypes(it.right, tokens);
  const { operator, matching, operatorAt } = it;
  const [left, right] = [typeOf(it.left), typeOf(it.right)];
  const areScalars = left === 'scalar' && right === 'scalar';
  if (it.returnsBool && !isComparison(operator)) {
    tokens.fail('bool modifier can only be used on comparison operators', operatorAt);
  }
  if (isComparison(operator) && !it.returnsBool && areScalars) {
    const remedy = `Write ${operator} bool.`;
    tokens.fail('comparisons between scalars must use BOOL modifier', operatorAt, remedy);
  }
  const twice = matching.isOn && matching.labels.find((label) => matching.include.includes(label));
  if (twice) {
    const problem = `label ${JSON.stringify(twice)} must not occur in ON and GROUP clause at once`;
    tokens.fail(problem, operatorAt);
  }
  for (const operand of [it.left, it.right]) {
    if (['scalar', 'vector'].includes(typeOf(operand))) continue;
    const problem = 'binary expression must contain only scalar and instant vector types';
    tokens.fail(problem, operand.start);
  }
  checkMatching(it, tokens, left === 'vector' && right === 'vector');
}

function checkMatching(it: Binary, tokens: TokenStream, areVectors: boolean): void {
  const { operator, matching, start } = it;
  if (!areVectors) {
    if (matching.labels.length > 0) {
      tokens.fail('vector matching only allowed between instant vectors', start);
    }
    if (isSetOperator(operator)) {
      tokens.fail(`set operator "${operator}" not allowed in binary scalar expression`, start);
    }
  } else if (isSetOperator(operator) && matching.many !== 'none') {
    tokens.fail(`no grouping allowed for "${operator}" operation`, start);
  }
}
