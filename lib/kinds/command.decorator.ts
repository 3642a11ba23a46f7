import { decorateMethod } from '../instrumentation/decorators/decorate-method.js';
import type {
  CommandOptions,
  HandlerDecorator,
  HandlerMethod,
  HandlerOptions,
} from '../instrumentation/decorators/handler-options.js';
import { outcomes } from '../kernel/errors/error-classification.js';
import { commandMetrics } from '../metrics/catalogue/commands.js';
import { callKind } from '../metrics/recorders/call-metrics.js';
import type { MembersOf } from '../options/description.js';
import { callback } from '../options/standard-options.js';

const options: MembersOf<Omit<CommandOptions, keyof HandlerOptions>> = {
  events: callback('Pass (result) => number.'),
  id: callback('Pass (...args) => id.'),
};

/** Kind of commands. */
export const commandKind = callKind({
  name: 'command',
  nameLabel: 'command_type',
  handlerLabels: true,
  options,
  naming: 'message',
  binding: 'lazy',
  outcomes,
  errorSource: 'command',
  drain: 'commands',
  metrics: commandMetrics,
  span: {
    prefix: 'command',
    kind: 'internal',
    attributes: { command_type: 'command.type' },
    origin: 'context',
    idAttribute: 'command.id',
    countsAppendedEvents: true,
  },
  lines: {
    level: 'info',
    started: 'Starting command execution',
    success: 'Command executed successfully',
    rejected: 'Command rejected',
    failure: 'Command execution failed',
    retried: 'Command attempt failed',
  },
  words: {
    decorator: '@Command',
    plural: 'commands',
    byHand: 'startCommand()',
    optionsByHand: { events: 'no startCommand() has ended with succeed(events)' },
  },
});

/**
 * Observes a method as a command handler. Results, errors, metadata and timing of the method do not
 * change; without {@link ObservabilityModule} it runs as if undecorated.
 *
 * @param nameOrOptions - Name under which the command reports, or options.
 * @throws ConfigurationError `OBS_HANDLER_TARGET` unless it decorates an instance method,
 * `OBS_HANDLER_OPTION` for an invalid option.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Command } from '@eventcore/nestjs-observability';
 *
 * class PlaceOrder {
 *   constructor(readonly sku: string) {}
 * }
 *
 * @Injectable()
 * export class Orders {
 *   @Command() // command_type="PlaceOrder"
 *   async place(command: PlaceOrder): Promise<string> {
 *     return `order of ${command.sku}`;
 *   }
 * }
 * ```
 */
export function Command<M extends HandlerMethod>(
  nameOrOptions?: string | CommandOptions<M>,
): HandlerDecorator<M> {
  return decorateMethod(commandKind, nameOrOptions) as HandlerDecorator<M>;
}

/** {@link Command} under a name that does not collide with `Command` of `@nestjs/cqrs`. */
export const ObserveCommand = Command;
