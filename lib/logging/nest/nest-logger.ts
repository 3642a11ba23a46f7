import { isArray } from '../../options/hostile-values.js';
import { ConsoleLogger, type LogLevel as NestLogLevel } from '@nestjs/common';
import { absorb } from '../../kernel/hooks.js';
import { assertOptions } from '../../options/assert-options.js';
import { isError, UNREADABLE } from '../encode/error-members.js';
import type { SafeJson } from '../encode/safe-json.js';
import { LEVEL_RANKS } from '../log-level.js';
import type { LogRecord } from '../log-record.js';
import { errorFields } from '../log-hub.js';
import { LogSystem } from '../log-system.js';
import { type LineOptions, lineOptions } from '../logging-options.js';
import { remembering } from '../encode/text-cache.js';
import { copyOf } from '../scope/log-scope.js';
import { consoleSink } from '../sinks/console.sink.js';
import { FROM_NEST, type NestLevel, TAKE_RECORD } from './nest-levels.js';

const NO_CONTEXT = 'nest';
const METHODS = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const;

/** Arguments of `ConsoleLogger.printMessages`; Nest 11 passes no params. */
type Printed = [
  messages: unknown[],
  context?: string,
  level?: NestLevel,
  stream?: 'stdout' | 'stderr',
  stack?: unknown,
  params?: object,
];

/**
 * Logger of Nest that writes structured, redacted lines to sinks. It extends `ConsoleLogger`, because Nest asks only
 * those for their levels, and their rules for arguments hold in each version of Nest.
 */
export class NestLogger extends ConsoleLogger {
  readonly #system: LogSystem;
  readonly #targetOf: (context: string) => string;
  readonly #redactsAgain: boolean;

  /** @internal */
  constructor(system: LogSystem, redactsAgain: boolean) {
    super({ json: true });
    this.#system = system;
    this.#redactsAgain = redactsAgain;
    this.#targetOf = remembering((context) => system.hub.json.text(context));
    for (const name of METHODS) this[name] = this.#guarded(name, this[name]);
  }

  /** Nest's rules for arguments read them, and some values throw then; the line says so. */
  #guarded(name: NestLevel, write: (message: unknown) => void): typeof write {
    return (...given) => {
      try {
        Reflect.apply(write, this, given);
      } catch {
        const { hub } = this.#system;
        const level = FROM_NEST[name];
        if (hub.isEnabled(NO_CONTEXT, level))
          hub.write({ level, target: NO_CONTEXT, message: UNREADABLE });
      }
    };
  }

  /** Returns true when any context writes the level. */
  override isLevelEnabled(level: NestLogLevel): boolean {
    return LEVEL_RANKS[FROM_NEST[level]] >= this.#system.hub.levels.lowest;
  }

  /** Hands over what waits in the sinks. */
  flush(): Promise<void> {
    return this.#system.flush();
  }

  /** Hands over what waits, and closes the sinks: for tests and scripts. An application needs no call. */
  close(): Promise<void> {
    return this.#system.close();
  }

  /** @internal Takes a record of the plugin `logging()` in this process. */
  [TAKE_RECORD](record: LogRecord): void {
    const { hub } = this.#system;
    if (!hub.isEnabled(record.target, record.level)) return;
    hub.deliver(this.#redactsAgain ? record.redacted(hub.json) : record);
  }

  /** @internal All methods of ConsoleLogger end here. */
  protected override printMessages(...printed: Printed): void {
    const [messages, context = '', logLevel = 'log', , stack, params] = printed;
    const { hub } = this.#system;
    const level = FROM_NEST[logLevel] ?? 'info';
    const target = context === '' ? NO_CONTEXT : this.#targetOf(String(context));
    if (!hub.isEnabled(target, level)) return;
    const message = messageOf(messages[0], hub.json);
    const args = message.includes('%')
      ? hub.json.redactor.args(message, messages.slice(1))
      : messages.slice(1);
    const fields = fieldsOf([messages[0], ...args], { ...copyOf(params), ...stackField(stack) });
    hub.writeFrom(this[logLevel] ?? this.log, { level, target, message, fields });
  }

  /** @internal The stack is a field of the line. */
  protected override printStackTrace(): void {
    // Nothing is printed beside the line.
  }
}

function stackField(stack: unknown): object {
  return typeof stack === 'string' && stack !== '' ? { error_stack: stack } : {};
}

/** An error among the messages has its members as fields; objects are fields; anything else is listed. */
function fieldsOf([first, ...others]: readonly unknown[], given: object): object {
  const fields: Record<string, unknown> = { ...given };
  const rest: unknown[] = [];
  for (const it of [...(isText(first) ? [] : [first]), ...others]) {
    if (isError(it) && fields['error_message'] === undefined)
      Object.assign(fields, errorFields(it));
    else if (isPlain(it)) Object.assign(fields, withoutMessage(it));
    else if (it !== undefined && typeof it !== 'function') rest.push(it);
  }
  return rest.length === 0 ? fields : { ...fields, params: rest };
}

function messageOf(message: unknown, json: SafeJson): string {
  try {
    if (typeof message === 'string') return message;
    if (typeof message === 'function')
      return lazyText(message as (() => unknown) & { name: string });
    if (isPlain(message)) return json.message(message['message'] ?? message['msg'] ?? '');
    return json.message(message);
  } catch {
    return UNREADABLE;
  }
}

/** A class stands for its name, another function for what it returns. */
function lazyText(message: (() => unknown) & { name: string }): string {
  const isClass = Function.prototype.toString.call(message).startsWith('class ');
  if (isClass) return message.name;
  const answer = message();
  absorb(answer);
  return String(answer);
}

function isText(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isArray(value) && !isError(value);
}

function withoutMessage(value: Record<string, unknown>): object {
  const { message: _message, msg: _msg, ...rest } = copyOf(value);
  return rest;
}

/**
 * Creates a logger for `NestFactory.create(AppModule, { logger })`. It writes from its first line on, so that a start
 * that fails shows its lines. The lines of the plugin `logging()` go through it as well.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { consoleSink, createNestLogger, fileSink } from '@eventcore/nestjs-observability/logging';
 *
 * export const start = (module: new () => object) =>
 *   NestFactory.create(module, {
 *     logger: createNestLogger({ sinks: [consoleSink(), fileSink({ path: 'shop.log' })] }),
 *   });
 * ```
 */
export function createNestLogger(options: LineOptions = {}): NestLogger {
  assertOptions('createNestLogger()', lineOptions, options);
  const system = new LogSystem(options, { sinks: options.sinks ?? [consoleSink()] });
  return new NestLogger(system, typeof options.redact === 'object');
}
