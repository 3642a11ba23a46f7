import { ConsoleLogger, Logger } from '@nestjs/common';
import { pairText } from '../encode/pretty.format.js';
import type { RecordOutput } from '../log-hub.js';
import type { LogRecord } from '../log-record.js';
import { TAKE_RECORD, TO_NEST } from './nest-levels.js';

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
    const { text, fields, stack } = viewOf(record);
    if (!printsText(current))
      return logger[level]({ message: record.message, ...fields, ...stack });
    if (stack.error_stack === undefined) return logger[level](text);
    if (level === 'error' || level === 'fatal') logger[level](text, stack.error_stack);
    else logger[level](`${text}\n${stack.error_stack}`);
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

function viewOf(record: LogRecord) {
  const { fields, scope } = record.parsed();
  const { span, message } = record;
  const ids = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
  const all: Record<string, unknown> = { ...scope, ...fields, ...ids };
  const { error_stack: stack, ...shown } = all;
  const pairs = Object.entries(shown).map(([name, value]) => pairText(name, value));
  return {
    text: [message, ...pairs].join(' '),
    fields: shown,
    stack: typeof stack === 'string' ? { error_stack: stack } : {},
  };
}
