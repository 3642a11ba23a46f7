import type { Clock } from './clock.js';

/** What the library can tell about its own decisions. */
export type DebugTopic = 'handlers' | 'exports' | 'cardinality' | 'tracing';

const PERIOD_MS = 60_000;
const LINES_PER_PERIOD = 1_000;

/** What {@link DebugLog} works with. */
export interface DebugLogDeps {
  readonly clock: Clock;
  isOn(topic: DebugTopic): boolean;
  write(line: string): void;
}

/** Lines for whoever looks for a mistake: at most 1000 a minute, and none unless asked for. It never throws. */
export class DebugLog {
  readonly #parts: DebugLogDeps;
  #periodMs = -Infinity;
  #lines = 0;

  constructor(parts: DebugLogDeps) {
    this.#parts = parts;
  }

  /** @param message - Made only when the topic is on. */
  log(topic: DebugTopic, message: () => string): void {
    if (!this.#parts.isOn(topic)) return;
    try {
      if (this.#hasRoom()) this.#parts.write(`eventcore:${topic} ${message()}`);
    } catch {
      // A logger that throws must not stop what is logged.
    }
  }

  #hasRoom(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#periodMs >= PERIOD_MS) {
      const left = this.#lines - LINES_PER_PERIOD;
      if (left > 0) this.#parts.write(`eventcore: ${left} lines left out in the last minute`);
      this.#periodMs = nowMs;
      this.#lines = 0;
    }
    return this.#lines++ < LINES_PER_PERIOD;
  }
}

/**
 * Reads the variable `DEBUG` as the package `debug` does: names and patterns with `*`, apart by commas or blanks, those with
 * a `-` in front left out.
 *
 * @returns Whether a topic is asked for.
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
