import 'reflect-metadata';
import type { HandlerDecoration } from './handler-decoration.js';

/** A class as Nest knows it. */
export type HandlerClass = abstract new (...args: never[]) => unknown;

/** The name that an application knows for a handler, from elsewhere than the decorator or the method. */
export type KnownName = (
  handlerClass: HandlerClass,
  decoration: HandlerDecoration,
) => string | undefined;

/** Name under which a decorated method of this class reports. */
export function handlerName(
  decoration: HandlerDecoration,
  handlerClass: HandlerClass,
  knownName?: KnownName,
): string {
  if (decoration.options.name !== undefined) return decoration.options.name;
  const known = knownName?.(handlerClass, decoration);
  if (known !== undefined) return known;
  if (decoration.kind.naming === 'class') return className(handlerClass);
  return messageName(decoration) ?? `${className(handlerClass)}.${methodName(decoration.key)}`;
}

/** Values of the fixed labels of a handler's kind. */
export function fixedLabels({ kind, options }: HandlerDecoration): Record<string, string> {
  const values = options as Readonly<Record<string, unknown>>;
  const labels = Object.entries(kind.fixedLabels ?? {});
  return Object.fromEntries(labels.map(([it, otherwise]) => [it, String(values[it] ?? otherwise)]));
}

/** The name of a method for humans. */
export function methodName(key: string | symbol): string {
  return typeof key === 'symbol' ? (key.description ?? 'symbol') : key;
}

function className({ name }: { readonly name: unknown }): string {
  // A class may have a static member of this name.
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}

/** The class of the first parameter; what the compiler records for interfaces, primitives and built-ins says nothing. */
function messageName({ target, key }: HandlerDecoration): string | undefined {
  const [first] = (Reflect.getMetadata('design:paramtypes', target, key) ?? []) as unknown[];
  if (typeof first !== 'function' || first.name === '' || isBuiltIn(first)) return undefined;
  return first.name;
}

function isBuiltIn(type: { readonly name: string }): boolean {
  return (globalThis as Record<string, unknown>)[type.name] === type;
}
