import 'reflect-metadata';
import { type ClassName, classNameOf, type NamedClass } from './class-name.js';
import type { HandlerDecoration } from './handler-decoration.js';

/** Class of a Nest provider. */
export type HandlerClass = NamedClass;

/** Returns the message classes of a handler that a bus registers, none for all messages; `undefined` for other handlers. */
export type HandledMessages = (
  handlerClass: HandlerClass,
  decoration: HandlerDecoration,
) => readonly NamedClass[] | undefined;

/** Name under which a decorated method reports. */
export interface HandlerName {
  readonly name: string;
  /** Class that gives the name; `undefined` for an explicit name. */
  readonly given?: ClassName;
}

/**
 * Returns the name under which a decorated method of this class reports.
 *
 * @param messages - Message classes that a bus registers for the method.
 */
export function handlerName(
  decoration: HandlerDecoration,
  handlerClass: HandlerClass,
  messages: readonly NamedClass[] = [],
): HandlerName {
  const { kind, key, options } = decoration;
  if (options.name !== undefined) return { name: options.name };
  const message =
    kind.naming !== 'message' ? undefined : (messages.find(isNamed) ?? parameterClass(decoration));
  const given = classNameOf(message ?? handlerClass);
  const isWhole = message !== undefined || kind.naming === 'class';
  return { name: isWhole ? given.name : `${given.name}.${methodName(key)}`, given };
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

/**
 * Returns the class of the first parameter, ignoring the metadata that the compiler emits for
 * interfaces, primitives and built-ins.
 */
function parameterClass({ target, key }: HandlerDecoration): NamedClass | undefined {
  const [first] = (Reflect.getMetadata('design:paramtypes', target, key) ?? []) as unknown[];
  const isMessage = typeof first === 'function' && first.name !== '' && !isBuiltIn(first);
  return isMessage ? (first as unknown as NamedClass) : undefined;
}

function isNamed({ name }: NamedClass): boolean {
  return name !== '';
}

function isBuiltIn(type: { readonly name: string }): boolean {
  return (globalThis as Record<string, unknown>)[type.name] === type;
}
