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
  /** Nobody decorated the method: only the applications that found it observe it. */
  readonly discovered?: boolean;
}

/**
 * Place of a method that was found instead of decorated, by what calls it. Classes may be looked at in any order, so
 * these places are the same in all of them, below those that decorators count up.
 */
export const discoveredPlaces = { execute: 0, handle: 1 } as const;

const FIRST_DECORATED_PLACE = Object.keys(discoveredPlaces).length;

const DECORATIONS = Symbol.for('eventcore.handler-decorations');

/** Remembers a decoration with its class and gives it its place. */
export function addDecoration(decoration: Omit<HandlerDecoration, 'index'>): HandlerDecoration {
  const { target } = decoration;
  const decorated = decorationsOf(target).filter((it) => !it.discovered);
  const added = { ...decoration, index: FIRST_DECORATED_PLACE + decorated.length };
  Reflect.defineMetadata(DECORATIONS, [...ownDecorations(target), added], target);
  return added;
}

/** Remembers a method that was found instead of decorated; an earlier one of the same name is forgotten. */
export function addDiscovered(
  decoration: Omit<HandlerDecoration, 'index' | 'discovered'>,
  place: keyof typeof discoveredPlaces,
): HandlerDecoration {
  const { target, key } = decoration;
  const added = { ...decoration, index: discoveredPlaces[place], discovered: true };
  const others = ownDecorations(target).filter((it) => it.key !== key);
  Reflect.defineMetadata(DECORATIONS, [...others, added], target);
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

/**
 * The decoration that observes each method: an override's, so that its call of `super` is not counted again.
 *
 * @param discovered - The methods of this class that the application found; what others found is not there for it.
 */
export function effectiveDecorations(
  prototype: object,
  discovered: readonly HandlerDecoration[] = [],
): HandlerDecoration[] {
  const byKey = new Map<string | symbol, HandlerDecoration>();
  for (const decoration of decorationsOf(prototype)) {
    const isVisible = !decoration.discovered || discovered.includes(decoration);
    if (isVisible && !byKey.has(decoration.key)) byKey.set(decoration.key, decoration);
  }
  return [...byKey.values()];
}

/** The decorations that stand in the class of this prototype itself. */
export function ownDecorations(target: object): readonly HandlerDecoration[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as HandlerDecoration[] | undefined) ?? [];
}
