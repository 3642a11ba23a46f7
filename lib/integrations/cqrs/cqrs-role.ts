import 'reflect-metadata';
import type { DiscoveredMethod } from '../../instrumentation/binding/discovered-method.js';
import {
  type HandlerDecoration,
  isOfKind,
} from '../../instrumentation/decorators/handler-decoration.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import { commandKind } from '../../kinds/command.decorator.js';
import { projectionKind } from '../../kinds/projection.decorator.js';
import { queryKind } from '../../kinds/query.decorator.js';

/** Class of commands, queries or events. */
export type MessageClass = abstract new (...args: never[]) => unknown;

/** Role of a class as a handler of a `@nestjs/cqrs` bus. */
export interface CqrsRole extends DiscoveredMethod {
  /** Handled message classes; empty for handlers of every event. */
  readonly messages: readonly MessageClass[];
}

/** Declaration of a class as a message handler. */
interface Handling {
  readonly kind: HandlerKind;
  /** Metadata key of @CommandHandler, @QueryHandler or @EventsHandler. */
  readonly metadata: string;
  readonly key: string;
}

// The package does not export the keys; being text, they are the same for all copies of it.
const HANDLINGS: readonly Handling[] = [
  { kind: commandKind, metadata: '__commandHandler__', key: 'execute' },
  { kind: queryKind, metadata: '__queryHandler__', key: 'execute' },
  { kind: projectionKind, metadata: '__eventsHandler__', key: 'handle' },
];

/** Metadata key of @Saga on the class; its value lists the method names. */
export const SAGAS = '__saga__';

const KEYS: ReadonlySet<unknown> = new Set([...HANDLINGS.map((it) => it.metadata), SAGAS]);

/** Returns true for a class with metadata of the package, its own or inherited. One check suffices for most classes. */
export function isOfCqrs(candidate: unknown): boolean {
  return (
    typeof candidate === 'function' && Reflect.getMetadataKeys(candidate).some((it) => KEYS.has(it))
  );
}

/** Returns the roles of a class; empty for most classes. */
export function rolesOf(handlerClass: unknown): CqrsRole[] {
  if (typeof handlerClass !== 'function') return [];
  return HANDLINGS.flatMap(({ kind, metadata, key }) => {
    const found = Reflect.getMetadata(metadata, handlerClass) as unknown;
    if (found === undefined) return [];
    const messages = [found].flat().filter((it) => typeof it === 'function');
    return [{ kind, key, messages: messages as MessageClass[] }];
  });
}

/** Returns the message classes that a bus passes to a method, whatever its parameter type; none for every event. */
export function messagesOf(
  handlerClass: HandlerClass,
  decoration: HandlerDecoration,
): readonly MessageClass[] | undefined {
  const isHandled = HANDLINGS.some(
    ({ kind, key }) => key === decoration.key && isOfKind(decoration, kind),
  );
  if (!isHandled) return undefined;
  return rolesOf(handlerClass).find(({ kind }) => isOfKind(decoration, kind))?.messages;
}
