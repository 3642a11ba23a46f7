import { offerInjectables } from '../kernel/peers/process-state.js';
import { isError } from './encode/error-members.js';
import { LEVEL_RANKS, type LogLevel } from './log-level.js';
import type { LogHub } from './log-hub.js';
import { copyOf, type LogFields } from './scope/log-scope.js';

/** Options of {@link ObservabilityLogger.setLevel}. */
export interface SetLevelOptions {
  /** Milliseconds after which the configured levels are back, above 0. @defaultValue for good */
  readonly forMs?: number;
}

/**
 * Writes structured lines: a message and fields, redacted, with the trace and the handler that they belong to. No method
 * throws or waits. The plugin `logging()` provides it.
 *
 * @example
 * ```ts
 * import { Inject, Injectable } from '@nestjs/common';
 * import { ObservabilityLogger } from '@eventcore/nestjs-observability/logging';
 *
 * @Injectable()
 * export class Shipping {
 *   readonly #logger: ObservabilityLogger;
 *
 *   constructor(@Inject(ObservabilityLogger) logger: ObservabilityLogger) {
 *     this.#logger = logger.named('shipping');
 *   }
 *
 *   ship(order: string): void {
 *     this.#logger.info('Parcel handed over', { order, carrier: 'post' });
 *   }
 * }
 * ```
 */
export class ObservabilityLogger {
  readonly #hub: LogHub;
  readonly #target: string;
  readonly #bound: LogFields | undefined;
  #epoch = -1;
  #rank = 0;

  /** @internal */
  constructor(hub: LogHub, target: string, bound?: LogFields) {
    this.#hub = hub;
    this.#target = target;
    this.#bound = bound;
  }

  /**
   * Writes a line of this level.
   *
   * @param fields - Fields by name, or the error that the line is about.
   */
  trace(message: string, fields?: object): void {
    if (this.isEnabled('trace')) this.#write('trace', message, fields);
  }

  /** See {@link ObservabilityLogger.trace}. */
  debug(message: string, fields?: object): void {
    if (this.isEnabled('debug')) this.#write('debug', message, fields);
  }

  /** See {@link ObservabilityLogger.trace}. */
  info(message: string, fields?: object): void {
    if (this.isEnabled('info')) this.#write('info', message, fields);
  }

  /** See {@link ObservabilityLogger.trace}. */
  warn(message: string, fields?: object): void {
    if (this.isEnabled('warn')) this.#write('warn', message, fields);
  }

  /** See {@link ObservabilityLogger.trace}. */
  error(message: string, fields?: object): void {
    if (this.isEnabled('error')) this.#write('error', message, fields);
  }

  /** See {@link ObservabilityLogger.trace}. */
  fatal(message: string, fields?: object): void {
    if (this.isEnabled('fatal')) this.#write('fatal', message, fields);
  }

  /** Returns true when a line of this level is written. */
  isEnabled(level: LogLevel): boolean {
    const { levels } = this.#hub;
    if (levels.epoch !== this.#epoch) {
      this.#epoch = levels.epoch;
      this.#rank = levels.rankOf(this.#target);
    }
    return typeof level === 'string' && LEVEL_RANKS[level] >= this.#rank;
  }

  /** Returns a logger with another target, and the same fields. */
  named(target: string): ObservabilityLogger {
    return new ObservabilityLogger(this.#hub, this.#hub.json.message(target), this.#bound);
  }

  /** Returns a logger that adds fields to each line. */
  with(fields: LogFields): ObservabilityLogger {
    return new ObservabilityLogger(this.#hub, this.#target, { ...this.#bound, ...copyOf(fields) });
  }

  /**
   * Changes the levels of all loggers of the application, existing ones included.
   *
   * @param directives - A level, or levels by target: `info,orders=debug`.
   * @throws ConfigurationError `OBS_OPTION_INVALID`; the levels stay what they are.
   */
  setLevel(directives: string, { forMs }: SetLevelOptions = {}): void {
    this.#hub.levels.set(directives, forMs);
  }

  #write(level: LogLevel, message: string, fields: object | undefined): void {
    const bound = this.#bound;
    this.#hub.writeFrom(this[level], {
      level,
      target: this.#target,
      message: typeof message === 'string' ? message : this.#hub.json.message(message),
      fields: bound === undefined ? fields : { ...bound, ...fieldsOf(fields) },
    });
  }
}

offerInjectables(ObservabilityLogger);

function fieldsOf(fields: object | undefined): object {
  return isError(fields) ? { error: fields } : copyOf(fields);
}
