import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { endsWithin } from '../kernel/time-limit.js';
import { systemTimers } from '../kernel/timers.js';
import type { DrainOptions, NewWork } from './drain-options.js';
import { InFlightWork, ShutdownTasks } from './in-flight-work.js';

/**
 * Where an application is on its way out: `serving`; `leaving`, not ready and still working; `draining`, waiting for what
 * is under way; `drained`, when that is over: last work runs, spans leave, and Nest tears down.
 */
export type DrainPhase = 'serving' | 'leaving' | 'draining' | 'drained';

/** What a {@link Drain} acts upon. */
export interface DrainDeps {
  readonly options: DrainOptions | false;
  /** Whether it has ever been ready: nobody has to notice otherwise. */
  wasReady(): boolean;
  /** Has what is queued exported. */
  flush(): Promise<void>;
  log(message: string): void;
  warn(message: string): void;
}

/** Told of each phase, before anything is awaited in it. */
export type PhaseListener = (phase: DrainPhase, newWork: NewWork) => void;

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_FLUSH_TIMEOUT_MS = 2_000;
const LOOK_MS = 10;
// Between a command and the handler of its event there may be turns of the event loop in which neither is counted.
const QUIET_TURNS = 3;

/** Ends the work of one application in order, once, and before anything is torn down. */
export class Drain {
  readonly works = new InFlightWork();
  readonly lastWorks = new ShutdownTasks();
  readonly #parts: DrainDeps;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<PhaseListener>();
  #phase: DrainPhase = 'serving';
  #done: Promise<void> | undefined;

  constructor(parts: DrainDeps) {
    this.#parts = parts;
  }

  /** Where it is. */
  get phase(): DrainPhase {
    return this.#phase;
  }

  /** Aborted when it begins. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Calls the listener at each phase from now on. */
  onPhase(listener: PhaseListener): void {
    this.#listeners.add(listener);
  }

  /** Begins it, or waits for the one that has begun. Never rejects. */
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
    const endMs = performance.now() + timeoutMs;
    await this.#finish(timeoutMs);
    // In the same turn as the last look: what arrives now would lose its events.
    this.#enter('drained');
    const leftMs = () => Math.max(0, endMs + flushTimeoutMs - performance.now());
    // Work that took all of its time leaves some for what follows, and that leaves some for the export.
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

  /** The timers are not unref'd: they are what keeps the process alive for work that is. */
  async #finish(timeoutMs: number): Promise<void> {
    const { works } = this;
    if (timeoutMs === 0) return;
    const wait = works.describe();
    if (wait !== '') this.#parts.log(`waiting for ${wait}`);
    const late = new AbortController();
    const stopLimit = systemTimers.after(timeoutMs, () => late.abort(), KEEPING_ALIVE);
    // Work that never ceases to arrive would never all be finished: the second half is for what there is.
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
