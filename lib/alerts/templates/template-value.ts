import { plainText } from './number.format.js';

/** Structure of Go: the data of an alert, or a sample. */
export class TemplateStruct {
  readonly fields: Readonly<Record<string, TemplateValue>>;

  constructor(fields: Readonly<Record<string, TemplateValue>>) {
    this.fields = fields;
  }
}

/** Samples of a query. */
export class TemplateList {
  readonly items: readonly TemplateStruct[];

  constructor(items: readonly TemplateStruct[]) {
    this.items = items;
  }
}

/** Value in a template. A `number` is a float of Go, a `bigint` a whole number, a map has labels. */
export type TemplateValue =
  | undefined
  | string
  | number
  | bigint
  | boolean
  | TemplateStruct
  | TemplateList
  | ReadonlyMap<string, string>;

/** Error of a template at the time of an alert: it takes the place of the text. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Returns the description of an error of a function or a query. */
export function detailOf(error: unknown): string {
  const { detail = (error as Error).message } = error as { readonly detail?: string };
  return detail;
}

/** Returns labels as a value. */
export function labelMap(labels: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const names = Object.keys(labels).toSorted();
  return new Map(names.map((it) => [it, labels[it]!]));
}

/** Returns a value as Go prints it. */
export function valueText(value: TemplateValue): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'number') return plainText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof TemplateList) return `[${value.items.map(valueText).join(' ')}]`;
  if (value instanceof TemplateStruct)
    return `{${Object.values(value.fields).map(valueText).join(' ')}}`;
  return `map[${[...value].map((it) => it.join(':')).join(' ')}]`;
}

/** Returns true for a value that is not empty and not zero. */
export function isTrue(value: TemplateValue): boolean {
  if (value instanceof TemplateList) return value.items.length > 0;
  if (value instanceof TemplateStruct) return true;
  if (typeof value === 'object') return value.size > 0;
  return Number.isNaN(value) || Boolean(value);
}

/** Returns the type of a value in the words of Go. */
export function typeName(value: TemplateValue): string {
  if (value === undefined) return '<nil>';
  if (value instanceof TemplateList) return 'template.queryResult';
  if (value instanceof TemplateStruct) return '*template.sample';
  if (typeof value === 'object') return 'map[string]string';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float64';
  return typeof value === 'bigint' ? 'int' : 'bool';
}

/** @throws TemplateError for a value without such fields. */
export function fieldOf(value: TemplateValue, name: string): TemplateValue {
  if (value instanceof Map) return (value as ReadonlyMap<string, string>).get(name) ?? '';
  if (value instanceof TemplateStruct && Object.hasOwn(value.fields, name))
    return value.fields[name];
  throw new TemplateError(`can't evaluate field ${name} in type ${typeName(value)}`);
}

/** @throws TemplateError for values that Go does not compare. */
export function isEqual(a: TemplateValue, b: TemplateValue): boolean {
  if (typeof a === 'object' || typeof b === 'object')
    throw new TemplateError('invalid type for comparison');
  if (typeof a === typeof b || a === undefined || b === undefined) return a === b;
  throw new TemplateError('incompatible types for comparison');
}

/** @throws TemplateError for values that have no order. */
export function isLess(a: TemplateValue, b: TemplateValue): boolean {
  const hasOrder = ['string', 'number', 'bigint'].includes(typeof a);
  if (!hasOrder) throw new TemplateError('invalid type for comparison');
  if (typeof a !== typeof b) throw new TemplateError('incompatible types for comparison');
  return a! < b!;
}
