import { ConfigurationError } from '../kernel/configuration-error.js';
import type { Environment } from '../options/standard-variables.js';
import type { LogFormatName } from './encode/line-formats.js';
import { LEVEL_RANKS, type LogLevel } from './log-level.js';

const FORMATS: readonly string[] = ['json', 'ecs', 'pretty', 'pino'] satisfies LogFormatName[];

/** Directives with their source. */
export interface ChosenLevel {
  readonly directives: string;
  readonly subject: string;
}

/** Returns the levels of an option, or of the environment. */
export function chosenLevel(own: string | undefined, env: Environment): ChosenLevel {
  if (own !== undefined) return { directives: own, subject: 'level' };
  const level = env['LOG_LEVEL']?.trim() ?? '';
  if (level !== '') return { directives: level, subject: 'LOG_LEVEL' };
  const nest = env['NEST_LOG_LEVEL']?.trim() ?? '';
  return nest === ''
    ? { directives: 'info', subject: 'level' }
    : { directives: lowestOf(nest), subject: 'NEST_LOG_LEVEL' };
}

/** Nest lists the levels that it writes, or names a threshold such as `>=warn`. */
function lowestOf(nest: string): string {
  const names = nest.split(',').map((it) => it.trim().replace(/^>=?\s*/, ''));
  const rank = (name: string) => LEVEL_RANKS[(NEST_NAMES[name] ?? name) as LogLevel];
  return names.toSorted((a, b) => rank(a) - rank(b))[0] as string;
}

const NEST_NAMES: Readonly<Record<string, LogLevel>> = { verbose: 'trace', log: 'info' };

/** Returns the format of sinks that name none. @throws ConfigurationError `OBS_OPTION_INVALID` */
export function chosenFormat(own: LogFormatName | undefined, env: Environment): LogFormatName {
  if (own !== undefined) return own;
  const value = env['LOG_FORMAT']?.trim() ?? '';
  if (FORMATS.includes(value)) return value as LogFormatName;
  if (value !== '') {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'LOG_FORMAT',
      value,
      rule: `must be one of ${FORMATS.join(', ')}`,
      remedy: 'Set one of them, or remove the variable.',
    });
  }
  const isTerminal = process.stdout.isTTY && env['NODE_ENV'] !== 'production';
  return isTerminal ? 'pretty' : 'json';
}
