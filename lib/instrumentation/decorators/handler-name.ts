import 'reflect-metadata';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { HandlerDecoration } from './handler-decoration.js';

/** Class of a Nest provider. */
export type HandlerClass = abstract new (...args: never[]) => unknown;

/** Returns the application's name for a handler that neither the decorator nor the method determines. */
export type KnownName = (
  handlerClass: HandlerClass,
  decoration: HandlerDecoration,
) => string | undefined;

/**
 * Returns the name under which a decorated method of this class reports.
 *
 * @throws ConfigurationError `OBS_HANDLER_OPTION` for a class with a random name only.
 */
export function handlerName(
  decoration: HandlerDecoration,
  handlerClass: HandlerClass,
  knownName?: KnownName,
): string {
  if (decoration.options.name !== undefined) return decoration.options.name;
  const known = knownName?.(handlerClass, decoration);
  if (known !== undefined) return known;
  if (decoration.kind.naming === 'class') return className(handlerClass, decoration);
  return (
    messageName(decoration) ??
    `${className(handlerClass, decoration)}.${methodName(decoration.key)}`
  );
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

// Nest's mixin() replaces the name of a class at every start.
const RANDOM_NAME = /^[0-9a-f]{21}$/;

function className(handlerClass: HandlerClass, { kind, key }: HandlerDecoration): string {
  const name: unknown = handlerClass.name;
  // A class may have a static member of this name.
  if (typeof name !== 'string' || name === '') return 'anonymous';
  if (!RANDOM_NAME.test(name)) return name;
  const source = /^class\s+(?!extends\b)([\w$]+)/.exec(
    Function.prototype.toString.call(handlerClass),
  );
  if (source?.[1] !== undefined) return source[1];
  throw new ConfigurationError('OBS_HANDLER_OPTION', {
    subject: `${kind.words.decorator} on ${methodName(key)}, name`,
    value: name,
    rule: 'mixin() gives the class another name at every start, and the source code gives it none',
    remedy: 'Pass a name to the decorator, or name the class: mixin(class Orders { … }).',
  });
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
