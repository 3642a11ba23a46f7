import { decorateMethod } from './decorate-method.js';
import type { CommandOptions } from './handler-options.js';

/**
 * Observes a method as the handler of a command. Results, errors, metadata and timing of the method stay what they are;
 * without {@link ObservabilityModule} it runs as if undecorated.
 *
 * @param nameOrOptions - Name under which the command reports, or options.
 * @throws ConfigurationError `OBS_HANDLER_TARGET` when it does not stand on an instance method, `OBS_HANDLER_OPTION`
 * for a bad option.
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
export function Command(nameOrOptions?: string | CommandOptions): MethodDecorator {
  return decorateMethod('command', nameOrOptions);
}

/** {@link Command} under a name that does not collide with `Command` of `@nestjs/cqrs`. */
export const ObserveCommand = Command;
