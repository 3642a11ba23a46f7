import { types } from 'node:util';
import type { Clock } from './clock.js';

const WORD = /^[\w$.-]{1,64}$/;

const LOG_PERIOD_MS = 60_000;

/** Sink for faults of the library itself. */
export interface FaultSink {
  /** Counts a fault. Called for every fault. */
  count(component: string): void;
  /** Logs a fault. Called at most once a minute per component. */
  log(message: string): void;
}

/** Fault statistics of one component. */
export interface FaultRecord {
  readonly count: number;
  /** Name and code of the last error. */
  readonly lastError: string;
  /** Unix time in milliseconds. */
  readonly lastMs: number;
}

/**
 * Reports faults of the library. A telemetry fault never reaches a handler: the code that catches it reports it here.
 */
export class Faults {
  readonly #loggedAtMs = new Map<string, number>();
  readonly #records = new Map<string, FaultRecord>();
  readonly #clock: Clock;
  #sink: FaultSink | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Connects the sink. Faults reported earlier are not counted or logged. */
  connect(sink: FaultSink): void {
    this.#sink = sink;
  }

  /**
   * Counts a fault, and logs it unless the same component logged one within the last minute.
   *
   * @param component - Failed component: a fixed identifier from the code, never data.
   * @param error - Value that was thrown.
   */
  report(component: string, error: unknown): void {
    try {
      this.#sink?.count(component);
      this.#remember(component, error);
      const nowMs = this.#clock.monotonicMs();
      const loggedAtMs = this.#loggedAtMs.get(component);
      if (loggedAtMs !== undefined && nowMs - loggedAtMs < LOG_PERIOD_MS) return;
      this.#loggedAtMs.set(component, nowMs);
      this.#sink?.log(`${component}: ${describeFault(error)} (next report in a minute)`);
    } catch {
      // A logger or an error object that throws must not break the guarantee of this class.
    }
  }

  /** @internal All recorded faults by component. */
  records(): ReadonlyMap<string, FaultRecord> {
    return this.#records;
  }

  #remember(component: string, error: unknown): void {
    const count = (this.#records.get(component)?.count ?? 0) + 1;
    const lastError = errorKind(error);
    this.#records.set(component, { count, lastError, lastMs: this.#clock.wallMs() });
  }
}

function describeFault(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${typeof error}`;
}

/**
 * Returns the name and code of an error, or the code of its cause, without the message. Messages may contain addresses
 * with credentials. It never throws.
 */
export function errorKind(error: unknown): string {
  try {
    const { name, code, cause } = (error ?? {}) as {
      name?: unknown;
      code?: unknown;
      cause?: unknown;
    };
    const causeCode = (cause as { code?: unknown } | undefined)?.code;
    const words = [name, code ?? causeCode].map(wordOf).filter((it) => it !== undefined);
    return words.length > 0 ? words.join(' ') : `a thrown ${typeof error}`;
  } catch {
    return 'an unreadable error';
  }
}

function wordOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && WORD.test(text) ? text : undefined;
}

/**
 * The answer of a hook that must answer at once. The reader of the answer reports a hook that is async by mistake; the
 * rejection of its promise must not also end the process.
 */
export function requireSync<T>(answer: T): T {
  if (types.isPromise(answer)) void answer.then(undefined, () => undefined);
  return answer;
}
