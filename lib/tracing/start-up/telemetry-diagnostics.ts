import type { Clock } from '../../kernel/clock.js';
import { absorb } from '../../kernel/hooks.js';

const PERIOD_MS = 60_000;

/** Rate-limited warnings about exports, so that an unavailable collector does not fill the log. */
export class Diagnostics {
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock, warn: (message: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Warns immediately. */
  warn(message: string): void {
    try {
      absorb(this.#warn(message));
    } catch {
      // The fault of a logger must not reach the traced code.
    }
  }

  /**
   * Warns at most once a minute per topic.
   *
   * @param topic - Fixed word and exporter name.
   * @param describe - Called only if the warning is due.
   */
  warnSometimes(topic: string, describe: () => string): void {
    const nowMs = this.#clock.monotonicMs();
    const lastMs = this.#lastMs.get(topic);
    if (lastMs !== undefined && !(nowMs - lastMs >= PERIOD_MS)) return;
    this.#lastMs.set(topic, nowMs);
    this.warn(`${describe()} (next report in a minute)`);
  }
}

/** Writes to the error output of the process, because no logger is loaded this early. */
export function emitProcessWarning(message: string): void {
  process.emitWarning(message, { type: 'TelemetryWarning' });
}

/** Formats an error as one line of limited length: class, code and message. */
export function describeError(error: unknown): string {
  try {
    return described(error);
  } catch {
    return 'an unreadable error';
  }
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason given';
  const { code } = error as { code?: unknown };
  const codeText = typeof code === 'string' || typeof code === 'number' ? ` ${code}` : '';
  // Node leaves the message of connection errors with several addresses empty.
  const text = error.message === '' ? '' : `: ${error.message}`;
  return `${error.name}${codeText}${text}`.slice(0, 200).toWellFormed();
}
