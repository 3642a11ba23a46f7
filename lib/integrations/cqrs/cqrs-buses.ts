import type { ModulesContainer } from '@nestjs/core';

/** The buses of `@nestjs/cqrs`, by the kind of what they carry; the parts that are used here. */
export type CqrsBus =
  | { readonly kind: 'command' | 'query'; readonly bus: MessageBus; readonly methods: BusMethods }
  | { readonly kind: 'event'; readonly bus: MessageBus };

/** A bus of whatever kind. */
export interface MessageBus {
  readonly source?: unknown;
  readonly moduleRef?: unknown;
}

/** What a bus asks itself about the messages that it is given. */
export interface BusMethods {
  /** Finds what the handler is registered under; throws when nothing ever was for that class. */
  readonly id: string;
  /** Is called for the name in the error when no handler is registered, and for nothing else. */
  readonly name: string;
}

const COMMAND_METHODS: BusMethods = { id: 'getCommandId', name: 'getCommandName' };
const QUERY_METHODS: BusMethods = { id: 'getQueryId', name: 'getQueryName' };

/** The buses among the providers, known by their name and shape: another package may have an `EventBus`, too. */
export function busesOf(modules: ModulesContainer): CqrsBus[] {
  return [...modules.values()].flatMap(({ providers }) =>
    [...providers].flatMap(([token, { instance }]) => busOf(token, instance) ?? []),
  );
}

function busOf(token: unknown, instance: unknown): CqrsBus | undefined {
  if (typeof token !== 'function' || !(instance instanceof token)) return undefined;
  const bus: MessageBus = instance;
  switch (token.name) {
    case 'CommandBus':
      return handlerBus('command', bus, COMMAND_METHODS);
    case 'QueryBus':
      return handlerBus('query', bus, QUERY_METHODS);
    case 'EventBus':
      return has(bus, 'registerSaga', 'publish') ? { kind: 'event', bus } : undefined;
    default:
      return undefined;
  }
}

function handlerBus(
  kind: 'command' | 'query',
  bus: MessageBus,
  methods: BusMethods,
): CqrsBus | undefined {
  return has(bus, methods.id, methods.name) ? { kind, bus, methods } : undefined;
}

function has(bus: object, ...methods: readonly string[]): boolean {
  return methods.every((it) => typeof (bus as Record<string, unknown>)[it] === 'function');
}
