import 'reflect-metadata';
import type { HandlerDecoration } from './handler-decoration.js';

/** Class of a Nest provider. */
export type HandlerClass = abstract new (...args: never[]) => unknown;

/** Returns the application's name for a handler that neither the decorator nor the method determines. */
export type KnownName = (
  handlerClass: HandlerClass,
  decoration: HandlerDecoration,
) => string | undefined;

/** Returns the name under which a decorated method of this class reports. */
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

/** Returns the values of the fixed labels of a handler's kind. */
export function fixedLabels({ kind, options }: HandlerDecoration): Record<string, string> {
  const values = options as Readonly<Record<string, unknown>>;
  const labels = Object.entries(kind.fixedLabels ?? {});
  return Object.fromEntries(labels.map(([it, otherwise]) => [it, String(values[it] ?? otherwise)]));
}

/** Returns the name of a method for messages. */
export function methodName(key: string | symbol): string {
  return typeof key === 'symbol' ? (key.description ?? 'symbol') : key;
}

function className({ name }: { readonly name: unknown }): string {
  // A class may have a static member of this name.
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}

/**
 * Returns the class of the first parameter, ignoring the metadata that the compiler emits for
 * interfaces, primitives and built-ins.
 */
function messageName({ target, key }: HandlerDecoration): string | undefined {
  const [first] = (Reflect.getMetadata('design:paramtypes', target, key) ?? []) as unknown[];
  if (typeof first !== 'function' || first.name === '' || isBuiltIn(first)) return undefined;
  return first.name;
}

function isBuiltIn(type: { readonly name: string }): boolean {
  return (globalThis as Record<string, unknown>)[type.name] === type;
}
