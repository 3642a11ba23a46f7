import { types } from 'node:util';
import { UNREADABLE } from './error-members.js';

/** An object as a line shows it. */
type ObjectView =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly unknown[] }
  | { readonly kind: 'members'; readonly members: readonly (readonly [string, unknown])[] }
  | { readonly kind: 'json'; readonly json: unknown }
  | { readonly kind: 'plain' };

const PLAIN: ObjectView = { kind: 'plain' };
/** Elements of a collection that are looked at; the writer cuts them to its own limit. */
const LONGEST = 10_000;

/** Returns the view of an object that is neither an array, a plain object nor an error. */
export function viewOf(value: object): ObjectView {
  if (types.isProxy(value)) return PLAIN;
  if (types.isDate(value)) return text(dateText(value));
  if (types.isMap(value)) return { kind: 'members', members: entriesOf(value) };
  if (types.isSet(value)) return { kind: 'list', items: [...head(value)] };
  if (ArrayBuffer.isView(value)) return text(`[${nameOf(value)} of ${value.byteLength} bytes]`);
  if (types.isAnyArrayBuffer(value)) return text(`[ArrayBuffer of ${value.byteLength} bytes]`);
  if (types.isBoxedPrimitive(value)) return { kind: 'json', json: value.valueOf() };
  if (types.isRegExp(value) || value instanceof URL) return text(String(value));
  if (isHidden(value)) return text(`[${nameOf(value)}]`);
  if (isEntryList(value)) return { kind: 'members', members: [...head(value.entries())] };
  return jsonOf(value);
}

function text(value: string): ObjectView {
  return { kind: 'text', text: value };
}

function jsonOf(value: object): ObjectView {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON !== 'function') return PLAIN;
  const json: unknown = Reflect.apply(toJSON, value, ['']);
  return json === value ? PLAIN : { kind: 'json', json };
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}

function entriesOf(map: ReadonlyMap<unknown, unknown>): [string, unknown][] {
  return [...head(map)].map(([key, value]) => [keyText(key), value]);
}

function keyText(key: unknown): string {
  if (typeof key === 'object' && key !== null) return `[${nameOf(key)}]`;
  if (typeof key === 'symbol') return key.description ?? '';
  try {
    return String(key);
  } catch {
    return UNREADABLE;
  }
}

function* head<T>(items: Iterable<T>): Generator<T> {
  let count = 0;
  for (const it of items) {
    if (count++ >= LONGEST) return;
    yield it;
  }
}

function nameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  return typeof constructor?.name === 'string' ? constructor.name : 'Object';
}

function isHidden(value: object): boolean {
  return types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value);
}

/** Headers and parameters of the web platform. */
function isEntryList(value: object): value is { entries(): Iterable<[string, unknown]> } {
  return (
    (typeof Headers === 'function' && value instanceof Headers) ||
    value instanceof URLSearchParams ||
    (typeof FormData === 'function' && value instanceof FormData)
  );
}
