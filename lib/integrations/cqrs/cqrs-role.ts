import 'reflect-metadata';
import type { DiscoveredMethod } from '../../instrumentation/binding/discovered-method.js';
import type { HandlerDecoration } from '../../instrumentation/decorators/handler-decoration.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';
import type { HandlerKind } from '../../kernel/observer.js';

/** Class of commands, queries or events. */
export type MessageClass = abstract new (...args: never[]) => unknown;

/** Role of a class as a handler of a `@nestjs/cqrs` bus. */
export interface CqrsRole extends DiscoveredMethod {
  /** Handled message classes; empty for handlers of every event. */
  readonly messages: readonly MessageClass[];
}

// Metadata keys of @CommandHandler, @QueryHandler and @EventsHandler. The package does not export them; as strings,
// they are equal in all of its copies.
const METADATA: Readonly<Record<HandlerKind, string>> = {
  command: '__commandHandler__',
  query: '__queryHandler__',
  projection: '__eventsHandler__',
};

const KINDS: readonly HandlerKind[] = ['command', 'query', 'projection'];

/** Metadata key of @Saga on the class; its value lists the method names. */
export const SAGAS = '__saga__';

const KEYS: ReadonlySet<unknown> = new Set([...Object.values(METADATA), SAGAS]);

/** Returns true for a class with metadata of the package, its own or inherited. One check suffices for most classes. */
export function isOfCqrs(candidate: unknown): boolean {
  return (
    typeof candidate === 'function' && Reflect.getMetadataKeys(candidate).some((it) => KEYS.has(it))
  );
}

/** Returns the roles of a class; empty for most classes. */
export function rolesOf(handlerClass: unknown): CqrsRole[] {
  if (typeof handlerClass !== 'function') return [];
  return KINDS.flatMap((kind) => {
    const metadata = Reflect.getMetadata(METADATA[kind], handlerClass) as unknown;
    if (metadata === undefined) return [];
    const messages = [metadata].flat().filter((it) => typeof it === 'function');
    return [{ kind, key: methodOf(kind), messages: messages as MessageClass[] }];
  });
}

/** Returns the name of the handled command or query class, whatever the parameter type of the handler. */
export function messageName(
  handlerClass: HandlerClass,
  { kind, key }: HandlerDecoration,
): string | undefined {
  if (kind === 'projection' || key !== methodOf(kind)) return undefined;
  const message = Reflect.getMetadata(METADATA[kind], handlerClass) as unknown;
  return typeof message === 'function' && message.name !== '' ? message.name : undefined;
}

function methodOf(kind: HandlerKind): CqrsRole['key'] {
  return kind === 'projection' ? 'handle' : 'execute';
}
