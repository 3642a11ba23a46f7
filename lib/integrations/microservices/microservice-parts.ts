import { types } from 'node:util';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';

// Metadata keys of Nest, which it does not export. `@MessagePattern` and `@EventPattern` share one.
const PATTERN = 'microservices:pattern';
const CLIENT = 'microservices:is_client_instance';

/** Message of Nest for an error that is no `RpcException`, which a server hides from its clients. */
export const HIDDEN_ERROR = 'Internal server error';

/** Returns true if an application has message handlers. */
export function hasMessageHandlers(modules: Modules): boolean {
  for (const _ of handlersOf(modules)) return true;
  return false;
}

/** Methods of the controllers that handle messages. */
export function* handlersOf(modules: Modules): Iterable<object> {
  for (const { controllers } of modules)
    for (const { metatype } of controllers.values()) yield* handlersIn(metatype);
}

function* handlersIn(metatype: unknown): Iterable<object> {
  let prototype: unknown = (metatype as { prototype?: unknown } | null | undefined)?.prototype;
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    for (const key of Reflect.ownKeys(prototype)) {
      const value: unknown = Reflect.getOwnPropertyDescriptor(prototype, key)?.value;
      if (typeof value === 'function' && Reflect.hasMetadata(PATTERN, value)) yield value;
    }
    prototype = Object.getPrototypeOf(prototype) as unknown;
  }
}

/** Returns the clients among the providers, by shape, and those that Nest has assigned to properties. */
export function clientsOf(modules: Modules): Set<object> {
  const found = new Set<object>();
  for (const { providers, controllers } of modules)
    for (const { instance } of [...providers.values(), ...controllers.values()])
      for (const it of [instance, ...assignedTo(instance)]) if (isClient(it)) found.add(it);
  return found;
}

function isClient(value: unknown): value is object {
  return !types.isProxy(value) && isInstance(value, 'ClientProxy');
}

/** Values of the properties with `@Client`. Providers behind a proxy are not looked into. */
function assignedTo(instance: unknown): unknown[] {
  if (typeof instance !== 'object' || instance === null || types.isProxy(instance)) return [];
  const keys = Object.keys(instance).filter((it) => Reflect.hasMetadata(CLIENT, instance, it));
  return keys.map((it) => (instance as Readonly<Record<string, unknown>>)[it]);
}

/** Returns true for an instance of a class of Nest, by its name: bundles have no package to import the class from. */
export function isInstance<T extends object>(value: unknown, className: string): value is T {
  return typeof value === 'object' && value !== null && classNames(value).includes(className);
}

/** Returns the names of the classes of an object, the most derived first. */
export function classNames(value: object): string[] {
  const names: string[] = [];
  try {
    let prototype = Object.getPrototypeOf(value) as object | null;
    while (prototype !== null && prototype !== Object.prototype) {
      const { constructor } = prototype as { constructor?: { name?: unknown } };
      if (typeof constructor?.name === 'string') names.push(constructor.name);
      prototype = Object.getPrototypeOf(prototype) as object | null;
    }
  } catch {
    // A proxy that cannot be inspected is no client.
  }
  return names;
}
