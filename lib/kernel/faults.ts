import type { Clock } from './clock.js';

const WORD = /^[\w$.-]{1,64}$/;

const LOG_PERIOD_MS = 60_000;

/** Where faults of the library itself go: counted, logged at most once a minute per component, and gone. */
export interface FaultSink {
  /** Called for every fault. */
  count(component: string): void;
  /** Called at most once a minute per component. */
  log(message: string): void;
}

/** The faults of one component. */
export interface FaultRecord {
  readonly count: number;
  /** Name and code of the last error. */
  readonly lastError: string;
  /** Unix time, milliseconds. */
  readonly lastMs: number;
}

/** A fault in telemetry never reaches the handler: whoever catches one reports it here. */
export class Faults {
  readonly #loggedAtMs = new Map<string, number>();
  readonly #records = new Map<string, FaultRecord>();
  readonly #clock: Clock;
  #sink: FaultSink | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Connects the sink; what is reported before that is dropped. */
  connect(sink: FaultSink): void {
    this.#sink = sink;
  }

  /**
   * Counts a fault, and logs it unless one of the same component was logged within the last minute.
   *
   * @param component - Which part failed: a fixed word of the code, never data.
   * @param error - What it threw.
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
      // A logger or an error object that throws must not undo the promise of this class.
    }
  }

  /** @internal All faults so far, by component. */
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
 * What an error is, without what it says: its name and its code, or that of its cause. Messages may hold addresses with
 * credentials in them. It never throws.
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
    return 'an error that cannot be read';
  }
}

function wordOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && WORD.test(text) ? text : undefined;
}
