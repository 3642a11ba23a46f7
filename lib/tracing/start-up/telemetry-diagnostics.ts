import type { Clock } from '../../kernel/clock.js';
import { absorb } from '../../kernel/hooks.js';

const PERIOD_MS = 60_000;

/** Warnings about exports: a collector that is down must not fill the log. */
export class Diagnostics {
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock, warn: (message: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Warns at once. */
  warn(message: string): void {
    try {
      absorb(this.#warn(message));
    } catch {
      // A logger that throws must not reach the code that is being traced.
    }
  }

  /**
   * Warns at most once a minute per topic.
   *
   * @param topic - A fixed word and the name of an exporter.
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

/** Goes to the error output of the process without a logger, since none is loaded this early. */
export function emitProcessWarning(message: string): void {
  process.emitWarning(message, { type: 'TelemetryWarning' });
}

/** An error in one line: class, code and message, cut to a length that a log line can bear. */
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
  // Node gives connection errors of several addresses an empty message.
  const text = error.message === '' ? '' : `: ${error.message}`;
  return `${error.name}${codeText}${text}`.slice(0, 200).toWellFormed();
}
