import { ConsoleLogger, Logger } from '@nestjs/common';
import { readSafely } from '../encode/error-members.js';
import { pairText } from '../encode/pretty.format.js';
import type { RecordOutput } from '../log-hub.js';
import type { LogRecord } from '../log-record.js';
import { flatMembers, withoutLogContext } from '../scope/log-context.js';
import { type NestLevel, TAKE_RECORD, TO_NEST } from './nest-levels.js';

const LOGGERS = 1_000;

interface TakesRecords {
  [TAKE_RECORD]?(record: LogRecord): void;
}

/**
 * Writes records through the logger that the application has. Ours takes them as they are; loggers that print text get
 * one text with `name=value` pairs; all others, such as nestjs-pino and nest-winston, get one object.
 */
export class NestOutput implements RecordOutput {
  readonly #loggers = new Map<string, Logger>();

  /** {@inheritDoc RecordOutput.write} */
  write(record: LogRecord): void {
    const current = currentLogger();
    if (current === undefined) return;
    const own = current as TakesRecords;
    if (typeof own[TAKE_RECORD] === 'function') return own[TAKE_RECORD](record);
    const level = TO_NEST[record.level];
    const logger = this.#loggerOf(record.target);
    if (printsText(current)) return writeText(logger, level, record);
    const { message } = record;
    const fields = flatFields(record);
    // nestjs-pino writes the text beside an object as pino's message.
    if (isOfPino(current)) return withoutLogContext(() => logger[level](fields, message));
    withoutLogContext(() => logger[level]({ message, ...fields }));
  }

  #loggerOf(target: string): Logger {
    const known = this.#loggers.get(target);
    if (known !== undefined) return known;
    const logger = new Logger(target);
    if (this.#loggers.size < LOGGERS) this.#loggers.set(target, logger);
    return logger;
  }
}

/** Nest tells its current logger to no one; `undefined` with `logger: false`. */
function currentLogger(): object | undefined {
  return Reflect.get(Logger, 'staticInstanceRef') as object | undefined;
}

function printsText(logger: object): boolean {
  if (logger instanceof Logger) return true;
  if (!(logger instanceof ConsoleLogger)) return false;
  const { options } = logger as unknown as { readonly options?: { readonly json?: boolean } };
  return options?.json !== true;
}

/** The logger of nestjs-pino holds a `PinoLogger`. */
function isOfPino(logger: object): boolean {
  const pino: unknown = readSafely(logger, 'logger');
  return (
    typeof pino === 'object' &&
    pino !== null &&
    ['assign', 'setContext', 'trace'].every((it) => typeof readSafely(pino, it) === 'function')
  );
}

function writeText(logger: Logger, level: NestLevel, record: LogRecord): void {
  const { error_stack: stack, ...shown } = membersOf(record);
  const pairs = Object.entries(shown).map(([name, value]) => pairText(name, value));
  const text = [record.message, ...pairs].join(' ');
  if (typeof stack !== 'string') logger[level](text);
  else if (level === 'error' || level === 'fatal') logger[level](text, stack);
  else logger[level](`${text}\n${stack}`);
}

/** Members of the scope, fields and ids; later ones take precedence. */
function membersOf(record: LogRecord): Record<string, unknown> {
  const { fields, scope } = record.parsed();
  return { ...scope, ...fields, ...idsIn(record) };
}

function flatFields(record: LogRecord): object {
  const { fields, scope } = record.parsed();
  return { ...flatMembers(scope, fields), ...idsIn(record) };
}

function idsIn({ span }: LogRecord): object {
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}
