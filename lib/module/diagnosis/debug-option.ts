import { Logger } from '@nestjs/common';
import type { Clock } from '../../kernel/clock.js';
import { DebugLog, debugTopics } from '../../kernel/debug-log.js';
import type { ObservabilityOptions } from '../options/observability-options.js';

/** The log that the option `debug` or the variable `DEBUG` asks for, if either does. */
export function debugLogOf({ debug }: ObservabilityOptions, clock: Clock): DebugLog | undefined {
  const variable = debug === true ? 'eventcore:*' : process.env['DEBUG'];
  if (debug === false || variable === undefined || variable === '') return undefined;
  const logger = new Logger('Observability');
  const isOn = debugTopics(variable);
  return new DebugLog({ clock, isOn, write: (line) => logger.debug(line) });
}
