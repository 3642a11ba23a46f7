import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import { commandKind } from '../../kinds/command.decorator.js';
import { queryKind } from '../../kinds/query.decorator.js';

/** Buses of `@nestjs/cqrs` by message kind, with the members that this library uses. */
export type CqrsBus =
  | { readonly handles: HandlerKind; readonly bus: MessageBus; readonly methods: BusMethods }
  /** The bus of events. */
  | { readonly handles?: undefined; readonly bus: MessageBus };

/** Bus of any kind. */
export interface MessageBus {
  readonly source?: unknown;
  readonly moduleRef?: unknown;
}

/** Names of the bus methods that look up handlers. */
export interface BusMethods {
  /** Looks up the id under which a handler is registered; throws when the class was never registered. */
  readonly id: string;
  /** Called only for the name in the error about a missing handler. */
  readonly name: string;
}

const COMMAND_METHODS: BusMethods = { id: 'getCommandId', name: 'getCommandName' };
const QUERY_METHODS: BusMethods = { id: 'getQueryId', name: 'getQueryName' };

/**
 * Returns the buses among the providers, identified by name and shape, because another package may define an `EventBus`
 * too.
 */
export function busesOf(modules: Modules): CqrsBus[] {
  return [...modules].flatMap(({ providers }) =>
    [...providers].flatMap(([token, { instance }]) => busOf(token, instance) ?? []),
  );
}

function busOf(token: unknown, instance: unknown): CqrsBus | undefined {
  if (typeof token !== 'function' || !(instance instanceof token)) return undefined;
  const bus: MessageBus = instance;
  switch (token.name) {
    case 'CommandBus':
      return handlerBus(commandKind, bus, COMMAND_METHODS);
    case 'QueryBus':
      return handlerBus(queryKind, bus, QUERY_METHODS);
    case 'EventBus':
      return has(bus, 'registerSaga', 'publish') ? { bus } : undefined;
    default:
      return undefined;
  }
}

function handlerBus(
  handles: HandlerKind,
  bus: MessageBus,
  methods: BusMethods,
): CqrsBus | undefined {
  return has(bus, methods.id, methods.name) ? { handles, bus, methods } : undefined;
}

function has(bus: object, ...methods: readonly string[]): boolean {
  return methods.every((it) => typeof (bus as Record<string, unknown>)[it] === 'function');
}
