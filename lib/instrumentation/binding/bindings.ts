import { isObject } from '../../kernel/hooks.js';
import type { BoundHandler } from './handler-binding.js';
import type {
  Decoration,
  HandlerDecoration,
  OperationDecoration,
} from '../decorators/handler-decoration.js';
import type { StoreOperation } from '../event-store/store-operation.js';

/** What a decorated method reports to. */
export type Bound = BoundHandler | StoreOperation;

/** The handlers of one class in one application, by the index of their decoration; empty when it has been closed. */
export type BindingTable = (Bound | undefined)[];

const BINDINGS = Symbol('eventcore.bindings');

interface BoundInstance {
  readonly [BINDINGS]?: BindingTable | undefined;
}

// Neither a full table nor that of a closed application keeps its application alive.
const unfilled = new WeakMap<BindingTable, (index: number) => void>();

/** Calls `fill` with the index of a handler that is not bound when it is first looked up. */
export function fillLazily(table: BindingTable, fill: (index: number) => void): void {
  unfilled.set(table, fill);
}

/** Takes {@link fillLazily} back. */
export function stopFilling(table: BindingTable): void {
  unfilled.delete(table);
}

// Instances that take no further property are found by identity.
const bindingsApart = new WeakMap<object, BindingTable>();

/** Lets an instance report to the application that the table belongs to. */
export function bindInstance(instance: object, table: BindingTable): void {
  if (!defineBindings(instance, table)) bindingsApart.set(instance, table);
}

function defineBindings(instance: object, table: BindingTable): boolean {
  try {
    // What is sealed since it was bound still takes a value, but no other attributes.
    const attributes = Object.hasOwn(instance, BINDINGS)
      ? { value: table }
      : { value: table, writable: true, configurable: true };
    return Reflect.defineProperty(instance, BINDINGS, attributes);
  } catch {
    // A proxy that does not want it.
    return false;
  }
}

/** The table that the instance reports to. */
export function tableOf(instance: object): BindingTable | undefined {
  try {
    const table = (instance as BoundInstance)[BINDINGS];
    return table === undefined || table.length === 0 ? bindingsApart.get(instance) : table;
  } catch {
    return bindingsApart.get(instance);
  }
}

/**
 * The decorated handler of an instance, if it is bound. `self` may be anything when the method was called detached or on
 * a foreign object: the handler of another class, or whatever a proxy answers, is not taken for this one.
 */
export function boundHandler(
  self: unknown,
  index: number,
  decoration: HandlerDecoration,
): BoundHandler | undefined;
export function boundHandler(
  self: unknown,
  index: number,
  decoration: OperationDecoration,
): StoreOperation | undefined;
export function boundHandler(
  self: unknown,
  index: number,
  decoration: Decoration,
): Bound | undefined {
  try {
    const handler = (self as BoundInstance | null | undefined)?.[BINDINGS]?.[index];
    if (handler !== undefined && handler.decoration === decoration) return handler;
  } catch {
    // A proxy that throws at what it does not know.
  }
  return handlerFallback(self, index, decoration);
}

function handlerFallback(self: unknown, index: number, decoration: Decoration): Bound | undefined {
  const table = isObject(self) ? tableOf(self) : undefined;
  if (table === undefined) return undefined;
  unfilled.get(table)?.(index);
  const handler = table[index];
  return handler?.decoration === decoration ? handler : undefined;
}
