import { parseQuery } from '../../query/language/parser.js';
import { compilePattern } from '../../query/pattern/pattern.js';
import { QueryError } from '../../query/query-error.js';
import { alertFunctions } from './alert-functions.js';
import { goFunctions, type TemplateFunction } from './go-functions.js';
import { formatProblem, verbsOf } from './printf.format.js';
import type { Operand } from './template-tree.js';
import type { TemplateValue } from './template-value.js';

const functions: Readonly<Record<string, TemplateFunction>> = { ...goFunctions, ...alertFunctions };

/** Names of the functions, for messages. */
export const knownFunctions = Object.keys(functions).toSorted().join(', ');

/** Returns true for the name of a function. */
export function isFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** Calls a function. @throws TemplateError, QueryError */
export function callFunction(name: string, args: readonly TemplateValue[]): TemplateValue {
  return functions[name]!.call(...args);
}

/** Returns the problem of a call that can be seen before it is made: a query, format or pattern is mostly a literal. */
export function callProblem(
  name: string,
  operands: readonly Operand[],
  isPiped: boolean,
): string | undefined {
  const { least, most } = functions[name]!;
  const given = operands.length + (isPiped ? 1 : 0);
  if (given < least || given > most)
    return `${name} has ${given} arguments in place of ${least === most ? least : `${least} or more`}`;
  const [first] = operands;
  if (first?.kind !== 'literal' || typeof first.value !== 'string') return undefined;
  const text = first.value;
  if (name === 'printf') return formatProblem(text) ?? countProblem(text, given);
  if (name === 'query') return queryProblem(() => parseQuery(text), 'query has invalid PromQL');
  if (name === 'match' || name === 'reReplaceAll')
    return queryProblem(() => compilePattern(text), `${name} has an invalid pattern`);
  return undefined;
}

function countProblem(format: string, given: number): string | undefined {
  const wanted = 1 + verbsOf(format).length;
  return given === wanted ? undefined : `printf has ${given} arguments in place of ${wanted}`;
}

function queryProblem(read: () => unknown, problem: string): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return `${problem}: ${error.detail}`;
  }
}
