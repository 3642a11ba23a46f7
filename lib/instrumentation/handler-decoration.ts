import 'reflect-metadata';
import type { HandlerKind } from '../kernel/observer.js';
import type { AnyHandlerOptions } from './handler-options.js';
import type { StoreOperationSpec } from './store-operation-options.js';

/** Where a decorated method stands, as its class remembers it. */
interface MethodDecoration {
  /** The prototype that declares the method. */
  readonly target: object;
  readonly key: string | symbol;
  /** Place in the table of bindings of every class that has the method; unique along a prototype chain. */
  readonly index: number;
}

/** A method that handles messages. */
export interface HandlerDecoration extends MethodDecoration {
  readonly kind: HandlerKind;
  readonly options: AnyHandlerOptions;
}

/** A method of an event store. */
export interface OperationDecoration extends MethodDecoration {
  readonly kind: 'event_store';
  readonly options: StoreOperationSpec;
}

/** A decorated method. */
export type Decoration = HandlerDecoration | OperationDecoration;

const DECORATIONS = Symbol.for('eventcore.handler-decorations');

/** Remembers a decoration with its class and gives it its place. */
export function addDecoration<D extends Decoration>(decoration: Omit<D, 'index'>): D {
  const { target } = decoration;
  const added = { ...decoration, index: decorationsOf(target).length } as D;
  Reflect.defineMetadata(DECORATIONS, [...ownDecorations(target), added], target);
  return added;
}

/** All decorations along the prototype chain, the most derived class first. */
export function decorationsOf(prototype: object): Decoration[] {
  const found: Decoration[] = [];
  let current: object | null = prototype;
  while (current !== null) {
    found.push(...ownDecorations(current));
    current = Object.getPrototypeOf(current) as object | null;
  }
  return found;
}

/** The decoration that observes each method: an override's, so that its call of `super` is not counted again. */
export function effectiveDecorations(prototype: object): Decoration[] {
  const byKey = new Map<string | symbol, Decoration>();
  for (const decoration of decorationsOf(prototype)) {
    if (!byKey.has(decoration.key)) byKey.set(decoration.key, decoration);
  }
  return [...byKey.values()];
}

/** The decorations that stand in the class of this prototype itself. */
export function ownDecorations(target: object): readonly Decoration[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as Decoration[] | undefined) ?? [];
}
