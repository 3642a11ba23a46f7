import 'reflect-metadata';
import type { HandlerKind } from '../kernel/observer.js';
import type { AnyHandlerOptions } from './handler-options.js';

/** A decorated method, as its class remembers it. */
export interface HandlerDecoration {
  readonly kind: HandlerKind;
  /** The prototype that declares the method. */
  readonly target: object;
  readonly key: string | symbol;
  readonly options: AnyHandlerOptions;
  /** Place in the table of bindings of every class that has the method; unique along a prototype chain. */
  readonly index: number;
}

const DECORATIONS = Symbol.for('eventcore.handler-decorations');

/** Remembers a decoration with its class and gives it its place. */
export function addDecoration(decoration: Omit<HandlerDecoration, 'index'>): HandlerDecoration {
  const { target } = decoration;
  const added = { ...decoration, index: decorationsOf(target).length };
  Reflect.defineMetadata(DECORATIONS, [...ownDecorations(target), added], target);
  return added;
}

/** All decorations along the prototype chain, the most derived class first. */
export function decorationsOf(prototype: object): HandlerDecoration[] {
  const found: HandlerDecoration[] = [];
  let current: object | null = prototype;
  while (current !== null) {
    found.push(...ownDecorations(current));
    current = Object.getPrototypeOf(current) as object | null;
  }
  return found;
}

/** The decoration that observes each method: an override's, so that its call of `super` is not counted again. */
export function effectiveDecorations(prototype: object): HandlerDecoration[] {
  const byKey = new Map<string | symbol, HandlerDecoration>();
  for (const decoration of decorationsOf(prototype)) {
    if (!byKey.has(decoration.key)) byKey.set(decoration.key, decoration);
  }
  return [...byKey.values()];
}

/** The decorations that stand in the class of this prototype itself. */
export function ownDecorations(target: object): readonly HandlerDecoration[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as HandlerDecoration[] | undefined) ?? [];
}
