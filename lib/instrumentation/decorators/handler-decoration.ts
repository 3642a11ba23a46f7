import 'reflect-metadata';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import { sharedState, sharedSymbol } from '../../kernel/peers/process-state.js';
import type { StoreOperationSpec } from '../event-store/store-operation-options.js';
import type { AnyHandlerOptions } from './handler-options.js';

/**
 * Loaded classes with decorated methods, by weak reference. They are process-wide, because
 * decorators run before any application exists, and a class that no application provides is found
 * nowhere else.
 */
const decorated = sharedState('decorated', () => new Set<WeakRef<object>>());
const known = sharedState('known', () => new WeakSet<object>());

/** Registers a class by its prototype. */
function rememberDecorated(prototype: object): void {
  if (known.has(prototype)) return;
  known.add(prototype);
  decorated.add(new WeakRef(prototype));
}

/** Iterates over the prototypes of all classes with decorated methods. */
export function* decoratedPrototypes(): Iterable<object> {
  for (const reference of decorated) {
    const prototype = reference.deref();
    if (prototype === undefined) decorated.delete(reference);
    else yield prototype;
  }
}

/** Location of a decorated method, stored on its class. */
interface MethodDecoration {
  /** Prototype that declares the method. */
  readonly target: object;
  readonly key: string | symbol;
  /** Index in the binding table of every class that has the method; unique along a prototype chain. */
  readonly index: number;
  /** True for an undecorated method, which only the discovering applications observe. */
  readonly discovered?: boolean;
}

/**
 * Indices of discovered methods by name, process-wide like the classes above. Classes are searched
 * in any order, so each name has one odd index in the tables of all classes. Decorated methods have
 * even ones.
 */
const discoveredKeys = sharedState('discovered-keys', () => new Map<string | symbol, number>());

function placeOfDiscovered(key: string | symbol): number {
  const number = discoveredKeys.get(key) ?? discoveredKeys.size;
  discoveredKeys.set(key, number);
  return 2 * number + 1;
}

/** Decoration of a method that handles messages. */
export interface HandlerDecoration extends MethodDecoration {
  readonly kind: HandlerKind;
  readonly options: AnyHandlerOptions;
}

/** Decoration of an event store method. */
export interface OperationDecoration extends MethodDecoration {
  readonly kind: 'event_store';
  readonly options: StoreOperationSpec;
}

/** Decoration of a method. */
export type Decoration = HandlerDecoration | OperationDecoration;

/** Returns true for the decoration of a message handler. */
export function isHandler(decoration: Decoration): decoration is HandlerDecoration {
  return decoration.kind !== 'event_store';
}

/** Returns true for a handler of this kind. Copies of this package have definitions of their own of one kind. */
export function isOfKind(decoration: Decoration, kind: HandlerKind): boolean {
  return isHandler(decoration) && decoration.kind.name === kind.name;
}

const DECORATIONS = sharedSymbol('handler-decorations');

/** Stores a decoration on its class and assigns its index. */
export function addDecoration<D extends Decoration>(decoration: Omit<D, 'index'>): D {
  const { target } = decoration;
  const decorated = decorationsOf(target).filter((it) => !it.discovered);
  const added = { ...decoration, index: 2 * decorated.length } as D;
  Reflect.defineMetadata(DECORATIONS, [...ownDecorations(target), added], target);
  rememberDecorated(target);
  return added;
}

/** Stores a discovered method, replacing an earlier one of the same name. */
export function addDiscovered<D extends Decoration>(
  decoration: Omit<D, 'index' | 'discovered'>,
): D {
  const { target, key } = decoration;
  const added = { ...decoration, index: placeOfDiscovered(key), discovered: true } as D;
  const others = ownDecorations(target).filter((it) => it.key !== key);
  Reflect.defineMetadata(DECORATIONS, [...others, added], target);
  return added;
}

/** Returns all decorations along the prototype chain, starting with the most derived class. */
function decorationsOf(prototype: object): Decoration[] {
  return chainOf(prototype).flatMap((it) => ownDecorations(it));
}

/**
 * Returns the decoration that observes each method. An override's decoration wins, so that its call
 * of `super` is not counted again.
 *
 * @param discovered - Methods of this class that the application has discovered; those of other
 * applications do not apply.
 */
export function effectiveDecorations(
  prototype: object,
  discovered: readonly Decoration[] = [],
): Decoration[] {
  const byKey = new Map<string | symbol, Decoration>();
  for (const decoration of decorationsOf(prototype)) {
    const isVisible = !decoration.discovered || discovered.includes(decoration);
    if (isVisible && !byKey.has(decoration.key)) byKey.set(decoration.key, decoration);
  }
  return [...byKey.values()];
}

/** Returns true if there are {@link effectiveDecorations}. */
export function hasDecorations(prototype: object, discovered: readonly Decoration[] = []): boolean {
  return chainOf(prototype).some((target) =>
    ownDecorations(target).some((it) => !it.discovered || discovered.includes(it)),
  );
}

/** Returns the prototype chain without `Object.prototype`. */
function chainOf(prototype: object): object[] {
  const chain: object[] = [];
  let current: object | null = prototype;
  while (current !== null && current !== Object.prototype) {
    chain.push(current);
    current = Object.getPrototypeOf(current) as object | null;
  }
  return chain;
}

/** Returns the decorations that the class of this prototype itself declares. */
export function ownDecorations(target: object): readonly Decoration[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as Decoration[] | undefined) ?? [];
}
