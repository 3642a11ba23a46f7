import { isObject } from '../../kernel/hooks.js';
import { sharedState, sharedSymbol } from '../../kernel/peers/process-state.js';
import type { BoundHandler } from './handler-binding.js';
import type {
  Decoration,
  HandlerDecoration,
  OperationDecoration,
} from '../decorators/handler-decoration.js';
import type { StoreOperation } from '../event-store/store-operation.js';

/** Receiver of the observations of a decorated method. */
export type Bound = BoundHandler | StoreOperation;

/** Handlers of one class in one application, by the index of their decoration; empty for a closed application. */
export type BindingTable = (Bound | undefined)[];

const BINDINGS: unique symbol = sharedSymbol('bindings') as never;

interface BoundInstance {
  readonly [BINDINGS]?: BindingTable | undefined;
}

// Neither a full table nor that of a closed application keeps its application alive.
const unfilled = sharedState(
  'unfilled-bindings',
  () => new WeakMap<BindingTable, (index: number) => void>(),
);

/** Calls `fill` with the index of a handler that is not bound when it is first looked up. */
export function fillLazily(table: BindingTable, fill: (index: number) => void): void {
  unfilled.set(table, fill);
}

/** Cancels {@link fillLazily}. */
export function stopFilling(table: BindingTable): void {
  unfilled.delete(table);
}

// Bindings of instances that are not extensible, by identity.
const bindingsApart = sharedState('bindings-apart', () => new WeakMap<object, BindingTable>());

/** Binds an instance to the application of the table. */
export function bindInstance(instance: object, table: BindingTable): void {
  if (!defineBindings(instance, table)) bindingsApart.set(instance, table);
}

function defineBindings(instance: object, table: BindingTable): boolean {
  try {
    // An instance sealed after its binding still accepts a value, but no other attributes.
    const attributes = Object.hasOwn(instance, BINDINGS)
      ? { value: table }
      : { value: table, writable: true, configurable: true };
    return Reflect.defineProperty(instance, BINDINGS, attributes);
  } catch {
    // A proxy that rejects the property.
    return false;
  }
}

/** Returns the binding table of an instance. */
export function tableOf(instance: object): BindingTable | undefined {
  try {
    const table = (instance as BoundInstance)[BINDINGS];
    return table === undefined || table.length === 0 ? bindingsApart.get(instance) : table;
  } catch {
    return bindingsApart.get(instance);
  }
}

/**
 * Returns the bound handler of an instance. `self` may be any value if the method was called
 * detached or on a foreign object, so the handler of another class or an arbitrary result of a
 * proxy is rejected.
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
    // A proxy that throws for unknown properties.
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

/** Returns the prototype of an instance; `null` for a proxy that cannot be inspected. */
export function prototypeOf(instance: object): object | null {
  try {
    return Object.getPrototypeOf(instance) as object | null;
  } catch {
    return null;
  }
}
