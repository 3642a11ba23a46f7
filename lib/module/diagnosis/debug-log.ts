import { Logger } from '@nestjs/common';
import type { Clock } from '../../kernel/clock.js';
import type { ObservabilityOptions } from '../options/observability-options.js';

/** Topics of the debug log. */
export type DebugTopic = 'handlers' | 'exports' | 'cardinality' | 'tracing';

const PERIOD_MS = 60_000;
const LINES_PER_PERIOD = 1_000;

/** Dependencies of {@link DebugLog}. */
export interface DebugLogDeps {
  readonly clock: Clock;
  isOn(topic: DebugTopic): boolean;
  write(line: string): void;
}

/** Debug log, limited to 1000 lines per minute, and silent unless a topic is enabled. It never throws. */
export class DebugLog {
  readonly #deps: DebugLogDeps;
  #periodMs = -Infinity;
  #lines = 0;

  constructor(deps: DebugLogDeps) {
    this.#deps = deps;
  }

  /** @param message - Evaluated only when the topic is enabled. */
  log(topic: DebugTopic, message: () => string): void {
    if (!this.#deps.isOn(topic)) return;
    try {
      if (this.#hasRoom()) this.#deps.write(`eventcore:${topic} ${message()}`);
    } catch {
      // An exception in a logger must not interrupt the logged operation.
    }
  }

  #hasRoom(): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#periodMs >= PERIOD_MS) {
      const left = this.#lines - LINES_PER_PERIOD;
      if (left > 0) this.#deps.write(`eventcore: ${left} lines suppressed in the last minute`);
      this.#periodMs = nowMs;
      this.#lines = 0;
    }
    return this.#lines++ < LINES_PER_PERIOD;
  }
}

/** Debug log of an application; `undefined` unless the option `debug` or the variable `DEBUG` enables it. */
export function debugLogOf({ debug }: ObservabilityOptions, clock: Clock): DebugLog | undefined {
  const variable = debug === true ? 'eventcore:*' : process.env['DEBUG'];
  if (debug === false || variable === undefined || variable === '') return undefined;
  const logger = new Logger('Observability');
  const isOn = debugTopics(variable);
  return new DebugLog({ clock, isOn, write: (line) => logger.debug(line) });
}

/**
 * Parses the variable `DEBUG` like the package `debug`: names and patterns with `*`, separated by commas or whitespace;
 * a leading `-` excludes.
 *
 * @returns A function that returns true for an enabled topic.
 */
export function debugTopics(variable: string | undefined): (topic: DebugTopic) => boolean {
  const words = (variable ?? '').split(/[\s,]+/).filter((it) => it !== '');
  const wanted = words.filter((it) => !it.startsWith('-')).map(patternOf);
  const unwanted = words.filter((it) => it.startsWith('-')).map((it) => patternOf(it.slice(1)));
  return (topic) => {
    const name = `eventcore:${topic}`;
    return wanted.some((it) => it.test(name)) && !unwanted.some((it) => it.test(name));
  };
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((it) => it.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*?')}$`);
}
