import 'reflect-metadata';
import type { DiscoveredMethod } from '../../instrumentation/binding/discovered-method.js';
import type { HandlerDecoration } from '../../instrumentation/decorators/handler-decoration.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';
import type { HandlerKind } from '../../kernel/observer.js';

/** A class of commands, queries or events. */
export type MessageClass = abstract new (...args: never[]) => unknown;

/** What a class handles for a bus of `@nestjs/cqrs`. */
export interface CqrsRole extends DiscoveredMethod {
  /** The classes of what it handles; none to handlers that take every event. */
  readonly messages: readonly MessageClass[];
}

// The keys of @CommandHandler, @QueryHandler and @EventsHandler. The package does not export them; being text, they are
// the same for all copies of it.
const METADATA: Readonly<Record<HandlerKind, string>> = {
  command: '__commandHandler__',
  query: '__queryHandler__',
  projection: '__eventsHandler__',
};

const KINDS: readonly HandlerKind[] = ['command', 'query', 'projection'];

/** The key of @Saga, on the class: the names of its methods. */
export const SAGAS = '__saga__';

const KEYS: ReadonlySet<unknown> = new Set([...Object.values(METADATA), SAGAS]);

/** Whether the package has left anything on a class or on one that it extends: most classes are done with at one look. */
export function isOfCqrs(candidate: unknown): boolean {
  return (
    typeof candidate === 'function' && Reflect.getMetadataKeys(candidate).some((it) => KEYS.has(it))
  );
}

/** What the class handles; mostly nothing. */
export function rolesOf(handlerClass: unknown): CqrsRole[] {
  if (typeof handlerClass !== 'function') return [];
  return KINDS.flatMap((kind) => {
    const metadata = Reflect.getMetadata(METADATA[kind], handlerClass) as unknown;
    if (metadata === undefined) return [];
    const messages = [metadata].flat().filter((it) => typeof it === 'function');
    return [{ kind, key: methodOf(kind), messages: messages as MessageClass[] }];
  });
}

/** The name of a command or query is that of its class, whatever the type of the handler's parameter. */
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
