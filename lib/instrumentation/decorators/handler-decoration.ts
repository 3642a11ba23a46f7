import 'reflect-metadata';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { StoreOperationSpec } from '../event-store/store-operation-options.js';
import type { AnyHandlerOptions } from './handler-options.js';

/**
 * The classes with decorated methods that this process has loaded: facts about code, not about an application. Decorators run
 * before there is any application, and a class that no application provides can be found nowhere else. A class that is
 * collected is forgotten.
 */
const decorated = new Set<WeakRef<object>>();
const known = new WeakSet<object>();

/** Remembers a class by its prototype. */
function rememberDecorated(prototype: object): void {
  if (known.has(prototype)) return;
  known.add(prototype);
  decorated.add(new WeakRef(prototype));
}

/** The prototypes of all classes with decorated methods. */
export function* decoratedPrototypes(): Iterable<object> {
  for (const reference of decorated) {
    const prototype = reference.deref();
    if (prototype === undefined) decorated.delete(reference);
    else yield prototype;
  }
}

/** Where a decorated method stands, as its class remembers it. */
interface MethodDecoration {
  /** The prototype that declares the method. */
  readonly target: object;
  readonly key: string | symbol;
  /** Place in the table of bindings of every class that has the method; unique along a prototype chain. */
  readonly index: number;
  /** Nobody decorated the method: only the applications that found it observe it. */
  readonly discovered?: boolean;
}

/**
 * Numbers of the methods that were found instead of decorated, by name: a fact about code, like the classes above.
 * Classes are looked at in any order, so a name has one place in the tables of all of them: an odd one. Decorated methods
 * have the even ones.
 */
const discoveredKeys = new Map<string | symbol, number>();

function placeOfDiscovered(key: string | symbol): number {
  const number = discoveredKeys.get(key) ?? discoveredKeys.size;
  discoveredKeys.set(key, number);
  return 2 * number + 1;
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

/** Whether the decorated method handles messages. */
export function isHandler(decoration: Decoration): decoration is HandlerDecoration {
  return decoration.kind !== 'event_store';
}

const DECORATIONS = Symbol.for('eventcore.handler-decorations');

/** Remembers a decoration with its class and gives it its place. */
export function addDecoration<D extends Decoration>(decoration: Omit<D, 'index'>): D {
  const { target } = decoration;
  const decorated = decorationsOf(target).filter((it) => !it.discovered);
  const added = { ...decoration, index: 2 * decorated.length } as D;
  Reflect.defineMetadata(DECORATIONS, [...ownDecorations(target), added], target);
  rememberDecorated(target);
  return added;
}

/** Remembers a method that was found instead of decorated; an earlier one of the same name is forgotten. */
export function addDiscovered(
  decoration: Omit<HandlerDecoration, 'index' | 'discovered'>,
): HandlerDecoration {
  const { target, key } = decoration;
  const added = { ...decoration, index: placeOfDiscovered(key), discovered: true };
  const others = ownDecorations(target).filter((it) => it.key !== key);
  Reflect.defineMetadata(DECORATIONS, [...others, added], target);
  return added;
}

/** All decorations along the prototype chain, the most derived class first. */
function decorationsOf(prototype: object): Decoration[] {
  return chainOf(prototype).flatMap((it) => ownDecorations(it));
}

/**
 * The decoration that observes each method: an override's, so that its call of `super` is not counted again.
 *
 * @param discovered - The methods of this class that the application found; what others found is not there for it.
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

/** Whether there are {@link effectiveDecorations}. */
export function hasDecorations(prototype: object, discovered: readonly Decoration[] = []): boolean {
  return chainOf(prototype).some((target) =>
    ownDecorations(target).some((it) => !it.discovered || discovered.includes(it)),
  );
}

/** The prototypes that can have decorated methods: not that of all objects. */
function chainOf(prototype: object): object[] {
  const chain: object[] = [];
  let current: object | null = prototype;
  while (current !== null && current !== Object.prototype) {
    chain.push(current);
    current = Object.getPrototypeOf(current) as object | null;
  }
  return chain;
}

/** The decorations that stand in the class of this prototype itself. */
export function ownDecorations(target: object): readonly Decoration[] {
  return (Reflect.getOwnMetadata(DECORATIONS, target) as Decoration[] | undefined) ?? [];
}
