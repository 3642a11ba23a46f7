import type { HandlerBinding } from './handler-binding.js';

/** A handler bound to its application: a binding, or one per combination of label values. */
export interface BoundHandler {
  /** The binding for the label values that the arguments give. */
  select(args: readonly unknown[]): HandlerBinding;
}

/** The handlers of one class in one application, by the index of their decoration. */
export type BindingTable = (BoundHandler | undefined)[];

const BINDINGS = Symbol('eventcore.bindings');

interface Bound {
  [BINDINGS]?: BindingTable | undefined;
}

// Instances that take no further property are found by identity.
const bindingsOfFrozen = new WeakMap<object, BindingTable>();

/** Lets an instance report to the application that the table belongs to. */
export function bindInstance(instance: object, table: BindingTable): void {
  if (Object.isExtensible(instance) || Object.hasOwn(instance, BINDINGS)) {
    Object.defineProperty(instance, BINDINGS, { value: table, writable: true, configurable: true });
  } else {
    bindingsOfFrozen.set(instance, table);
  }
}

/** Ends what {@link bindInstance} began, if it still reports to that table. */
export function unbindInstance(instance: object, table: BindingTable): void {
  if (tableOf(instance) !== table) return;
  if (!bindingsOfFrozen.delete(instance)) (instance as Bound)[BINDINGS] = undefined;
}

/** Whether the instance reports to an application. */
export function isBound(instance: object): boolean {
  return tableOf(instance) !== undefined;
}

/** The handler at this index of the instance's table; `this` may be anything when the method was called detached. */
export function boundHandler(self: unknown, index: number): BoundHandler | undefined {
  const table = (self as Bound | null | undefined)?.[BINDINGS];
  return table === undefined ? frozenHandler(self, index) : table[index];
}

function frozenHandler(self: unknown, index: number): BoundHandler | undefined {
  return typeof self === 'object' && self !== null
    ? bindingsOfFrozen.get(self)?.[index]
    : undefined;
}

function tableOf(instance: object): BindingTable | undefined {
  return (instance as Bound)[BINDINGS] ?? bindingsOfFrozen.get(instance);
}
