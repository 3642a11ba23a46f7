import { printed } from './printf.format.js';
import {
  fieldOf,
  isEqual,
  isLess,
  isTrue,
  TemplateError,
  TemplateList,
  type TemplateValue,
  typeName,
  valueText,
} from './template-value.js';

/** Function with the numbers of its arguments. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  /** The last argument may come from a pipe. @throws TemplateError, QueryError */
  call(...args: readonly TemplateValue[]): TemplateValue;
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\uFFFD',
};

const compared = (isSo: (a: TemplateValue, b: TemplateValue) => boolean): TemplateFunction => ({
  least: 2,
  most: 2,
  call: (a, b) => isSo(a, b),
});
const textsOf = (escaped: (text: string) => string): TemplateFunction => ({
  least: 0,
  most: Infinity,
  call: (...args) => escaped(sprint(args)),
});
const isAtMost = (a: TemplateValue, b: TemplateValue) => isLess(a, b) || isEqual(a, b);
/** An `and` or `or` that ends before its last argument is no call: see the evaluator. */
const last: TemplateFunction = { least: 1, most: Infinity, call: (...args) => args.at(-1) };

/** Functions of Go's templates. */
export const goFunctions: Readonly<Record<string, TemplateFunction>> = {
  and: last,
  or: last,
  not: { least: 1, most: 1, call: (it) => !isTrue(it) },
  eq: {
    least: 2,
    most: Infinity,
    call: (first, ...others) => others.some((it) => isEqual(first, it)),
  },
  ne: compared((a, b) => !isEqual(a, b)),
  lt: compared(isLess),
  le: compared(isAtMost),
  gt: compared((a, b) => !isAtMost(a, b)),
  ge: compared((a, b) => !isLess(a, b)),
  len: { least: 1, most: 1, call: (it) => BigInt(lengthOf(it)) },
  index: { least: 1, most: Infinity, call: (of, ...keys) => keys.reduce(itemOf, of) },
  print: textsOf((it) => it),
  println: { least: 0, most: Infinity, call: (...args) => `${args.map(valueText).join(' ')}\n` },
  printf: {
    least: 1,
    most: Infinity,
    call: (format, ...values) => printed(textArgument(format), values),
  },
  html: textsOf((text) => text.replaceAll(/["'&<>\0]/g, (it) => HTML[it]!)),
  urlquery: textsOf(queryEscape),
};

/** @throws TemplateError for what is no text. */
export function textArgument(value: TemplateValue): string {
  if (typeof value === 'string') return value;
  throw new TemplateError(`wrong type for value; expected string; got ${typeName(value)}`);
}

/** Returns a text as a part of the query of an address. */
export function queryEscape(text: string): string {
  const escaped = encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
  return escaped.replaceAll(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Go puts a space between two values of which none is a text. */
function sprint(values: readonly TemplateValue[]): string {
  let text = '';
  for (const [i, it] of values.entries()) {
    const isApart = i > 0 && typeof it !== 'string' && typeof values[i - 1] !== 'string';
    text += (isApart ? ' ' : '') + valueText(it);
  }
  return text;
}

function lengthOf(value: TemplateValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof TemplateList) return value.items.length;
  if (value instanceof Map) return value.size;
  throw new TemplateError(`len of type ${typeName(value)}`);
}

function itemOf(value: TemplateValue, key: TemplateValue): TemplateValue {
  if (value instanceof Map) return fieldOf(value, textArgument(key));
  if (!(value instanceof TemplateList))
    throw new TemplateError(`can't index item of type ${typeName(value)}`);
  if (typeof key !== 'bigint')
    throw new TemplateError(`cannot index slice/array with type ${typeName(key)}`);
  const item = value.items[Number(key)];
  if (item === undefined) throw new TemplateError(`index out of range: ${key}`);
  return item;
}
