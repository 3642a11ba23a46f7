import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { endsWithin } from '../kernel/time-limit.js';
import { systemTimers } from '../kernel/timers.js';
import type { DrainOptions, NewWork } from './drain-options.js';
import { InFlightWork, ShutdownTasks } from './in-flight-work.js';

/**
 * Phase of the shutdown: `serving`; `leaving`, not ready but still working; `draining`, waiting for
 * in-flight work; `drained`, running last tasks and exporting spans before Nest shuts down.
 */
export type DrainPhase = 'serving' | 'leaving' | 'draining' | 'drained';

/** Dependencies of a {@link Drain}. */
export interface DrainDeps {
  readonly options: DrainOptions | false;
  /** Returns true if the application has ever been ready; otherwise no load balancer needs time to react. */
  wasReady(): boolean;
  /** Exports queued spans. */
  flush(): Promise<void>;
  log(message: string): void;
  warn(message: string): void;
}

/** Receives each phase before the drain waits in it. */
export type PhaseListener = (phase: DrainPhase, newWork: NewWork) => void;

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_FLUSH_TIMEOUT_MS = 2_000;
const LOOK_MS = 10;
// Between a command and its event handler, several turns of the event loop may pass in which
// neither is counted.
const QUIET_TURNS = 3;

/** Ends the work of one application in order, once, before Nest destroys anything. */
export class Drain {
  readonly works = new InFlightWork();
  readonly lastWorks = new ShutdownTasks();
  readonly #parts: DrainDeps;
  #abort = new AbortController();
  readonly #listeners = new Set<PhaseListener>();
  #phase: DrainPhase = 'serving';
  #endMs = 0;
  #done: Promise<void> | undefined;

  constructor(parts: DrainDeps) {
    this.#parts = parts;
  }

  /** Current phase. */
  get phase(): DrainPhase {
    return this.#phase;
  }

  /** Aborts when the drain begins. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Time in milliseconds that connections have to end after the drain: the rest of `timeoutMs`, and half of
   * `flushTimeoutMs` in any case. `undefined` without a drain.
   */
  get connectionLimitMs(): number | undefined {
    const { options } = this.#parts;
    if (options === false) return undefined;
    const { flushTimeoutMs = DEFAULT_FLUSH_TIMEOUT_MS } = options;
    return Math.max(this.#endMs - performance.now(), flushTimeoutMs / 2);
  }

  /** Options of the drain; `false` without one. */
  get options(): DrainOptions | false {
    return this.#parts.options;
  }

  /** Serves again after a shutdown that has ended. */
  reopen(): void {
    if (this.#phase === 'serving') return;
    this.#phase = 'serving';
    this.#done = undefined;
    this.#abort = new AbortController();
  }

  /** Calls the listener for each later phase. */
  onPhase(listener: PhaseListener): void {
    this.#listeners.add(listener);
  }

  /** Starts the drain, or waits for the running one. Never rejects. */
  run(): Promise<void> {
    return (this.#done ??= this.#run());
  }

  async #run(): Promise<void> {
    const { options, wasReady } = this.#parts;
    const {
      readinessDelayMs = 0,
      timeoutMs = DEFAULT_TIMEOUT_MS,
      flushTimeoutMs = DEFAULT_FLUSH_TIMEOUT_MS,
    } = options || NO_WAITING;
    this.#enter('leaving');
    this.#abort.abort();
    if (wasReady() && readinessDelayMs > 0) await pause(readinessDelayMs);
    this.#enter('draining');
    const endMs = (this.#endMs = performance.now() + timeoutMs);
    await this.#finish(timeoutMs);
    // In the same turn as the last check, because work that arrives now would lose its events.
    this.#enter('drained');
    const leftMs = () => Math.max(0, endMs + flushTimeoutMs - performance.now());
    // Work that used up its time leaves some for the last tasks, and these leave some for the
    // export.
    await this.#runLast(leftMs() - flushTimeoutMs / 2);
    await this.#flush(Math.min(flushTimeoutMs, leftMs()));
  }

  #enter(phase: DrainPhase): void {
    this.#phase = phase;
    const { newWork = 'finish' } = this.#parts.options || NO_WAITING;
    this.#tell(phase, newWork);
  }

  #tell(phase: DrainPhase, newWork: NewWork): void {
    for (const listener of this.#listeners) listener(phase, newWork);
  }

  /** Waits for in-flight work. The timers are not unref'd, so that they keep the process alive for it. */
  async #finish(timeoutMs: number): Promise<void> {
    const { works } = this;
    if (timeoutMs === 0) return;
    const wait = works.describe();
    if (wait !== '') this.#parts.log(`waiting for ${wait}`);
    const late = new AbortController();
    const stopLimit = systemTimers.after(timeoutMs, () => late.abort(), KEEPING_ALIVE);
    // Continuously arriving work would never finish, so the second half is reserved for existing
    // work.
    const refuse = () => this.#tell('draining', 'refuse');
    const stopHalf = systemTimers.after(timeoutMs / 2, refuse, KEEPING_ALIVE);
    for (let quiet = 0; quiet < QUIET_TURNS && !late.signal.aborted;) {
      quiet = works.count() === 0 ? quiet + 1 : 0;
      await (quiet === 0 ? pause(LOOK_MS) : turn());
    }
    stopHalf();
    stopLimit();
    if (works.count() > 0) this.#parts.warn(`given up after ${timeoutMs} ms: ${works.describe()}`);
  }

  async #runLast(limitMs: number): Promise<void> {
    const faults = await this.lastWorks.run(Math.max(0, limitMs));
    for (const it of faults) this.#parts.warn(it);
  }

  async #flush(limitMs: number): Promise<void> {
    if (limitMs === 0) return;
    const flushed = this.#parts.flush().catch(() => undefined);
    await endsWithin(flushed, { limitMs, ...KEEPING_ALIVE });
  }
}

const KEEPING_ALIVE = { keepsAlive: true };
const NO_WAITING: DrainOptions = { timeoutMs: 0, flushTimeoutMs: 0 };
