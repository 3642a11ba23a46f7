import { type Clock, systemClock } from './clock.js';
import { adviceOf, faultCodeOf, type ReportedCode } from './errors/fault-classification.js';
import type { FaultCode } from './errors/fault-codes.js';
import { absorb, guardedClock, shown } from './hooks.js';

const WORD = /^[\w$.-]{1,64}$/;

const LOG_PERIOD_MS = 60_000;

/** Sink for faults of the library itself. */
export interface FaultSink {
  /** Counts a fault. Called for every fault. */
  count(component: string): void;
  /** Logs a fault. Called at most once a minute per component. */
  log(message: string): void;
}

/**
 * Components of the library that report faults. Exporters, plugins and capabilities report under their own
 * names, which have a series only where they are used.
 *
 * @internal
 */
export const faultComponents = [
  'active_streams',
  'circuit_breaker',
  'classifier',
  'clock',
  'clock_skew',
  'collector',
  'connection_pool',
  'cqrs',
  'diagnosis',
  'discovery',
  'event_store',
  'event_time',
  'events',
  'health_details',
  'http',
  'http_context',
  'instrumentation',
  'jobs',
  'labels',
  'message_context',
  'messages',
  'metrics',
  'names',
  'observer',
  'on_skip',
  'owner',
  'position',
  'projection',
  'projection_observer',
  'projection_sources',
  'prometheus',
  'span_attributes',
  'span_export',
  'trace_context',
  'tracing',
] as const;

/** Statistics of the faults of one component with one code. */
export interface FaultRecord {
  readonly component: string;
  readonly code: ReportedCode;
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
  readonly #brought = new Map<string, FaultCode>();
  readonly #clock: Clock;
  #sink: FaultSink | undefined;
  #isReporting = false;

  constructor(clock: Clock) {
    // Its faults cannot be reported here: a report reads the clock.
    this.#clock = guardedClock(clock, () => undefined);
  }

  /** Connects the sink. Faults reported earlier are not counted or logged. */
  connect(sink: FaultSink): void {
    this.#sink = sink;
  }

  /** @internal Sets the code of the faults of a component that the application brings, such as an exporter. */
  expect(component: string, code: FaultCode): void {
    this.#brought.set(component, code);
  }

  /**
   * Counts a fault, and logs it unless the same component logged one within the last minute.
   *
   * @param component - Failed component: a fixed identifier from the code, never data.
   * @param error - Value that was thrown.
   */
  report(component: string, error: unknown): void {
    // A sink may fail in turn: its new series reads the clock whose fault it counts.
    if (this.#isReporting) return;
    this.#isReporting = true;
    try {
      absorb(this.#sink?.count(component));
      const code = faultCodeOf(component, error, this.#brought);
      this.#remember(component, code, error);
      const nowMs = this.#clock.monotonicMs();
      const loggedAtMs = this.#loggedAtMs.get(component);
      // A clock that fails returns NaN: the component then logs once.
      if (loggedAtMs !== undefined && !(nowMs - loggedAtMs >= LOG_PERIOD_MS)) return;
      this.#loggedAtMs.set(component, nowMs);
      absorb(
        this.#sink?.log(
          `${component}: ${describeFault(error)}. ${adviceOf(code)} (next report in a minute)`,
        ),
      );
    } catch {
      // A logger that throws must not break the guarantee of this class.
    } finally {
      this.#isReporting = false;
    }
  }

  /** @internal All recorded faults, one record for each component and code. */
  records(): readonly FaultRecord[] {
    return [...this.#records.values()];
  }

  #remember(component: string, code: ReportedCode, error: unknown): void {
    const key = `${component} ${code}`;
    const count = (this.#records.get(key)?.count ?? 0) + 1;
    const lastError = errorKind(error);
    const wallMs = this.#clock.wallMs();
    const lastMs = Number.isNaN(wallMs) ? Date.now() : wallMs;
    // The latest fault comes last.
    this.#records.delete(key);
    this.#records.set(key, { component, code, count, lastError, lastMs });
  }
}

function describeFault(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `a thrown ${typeof error}`;
  } catch {
    return 'an unreadable error';
  }
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
 * Returns the clock of an application and the faults that it reports to. The system clock is not guarded, because every
 * call reads it twice.
 */
export function observedClock(own: Clock | undefined): { clock: Clock; faults: Faults } {
  const faults = new Faults(own ?? systemClock);
  const report = (fault: unknown) => faults.report('clock', fault);
  return { faults, clock: own === undefined ? systemClock : guardedClock(own, report) };
}

/** Returns a name that an application passes, or `unknown` for one that is no text: it must not fail the named work. */
export function textName(name: unknown, faults: Faults | undefined): string {
  // Prometheus reads an empty label value as no label.
  if (typeof name === 'string' && name !== '') return name;
  absorb(name);
  faults?.report(
    'names',
    new TypeError(`a name is a text of at least one character, not ${shown(name)}`),
  );
  return 'unknown';
}
