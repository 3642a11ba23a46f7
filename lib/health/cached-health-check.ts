import type { Clock } from '../kernel/clock.js';
import { endsWithin } from '../kernel/time-limit.js';
import type { Timers } from '../kernel/timers.js';
import { type CheckResult, downFor, resultOfAnswer, resultOfError } from './check-answer.js';
import type { HealthCheckContext, HealthCheckSettings, HealthLevel } from './health-check.js';

/** Health check with the function that it calls. */
export interface HealthCheckDefinition extends HealthCheckSettings {
  /** Returns true if there is something to check. @defaultValue always */
  isPresent?(): boolean;
  /** Runs the check. */
  ask(context: HealthCheckContext): unknown;
}

/** Dependencies of a {@link CachedHealthCheck}. */
export interface CachedHealthCheckDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Receives every result. */
  record(name: string, level: HealthLevel, seconds: number): void;
}

/** Last result of a check. */
export interface CheckState extends CheckResult {
  /** Time of the last change of level, in milliseconds since the Unix epoch. */
  readonly changedMs: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_CACHE_MS = 1_000;
// A check that hangs is not repeated immediately, because each run may occupy a connection.
const PATIENCE = 10;

/** Runs one check: never concurrently, within its time limit, and no more often than its cache allows. */
export class CachedHealthCheck {
  readonly definition: HealthCheckDefinition;
  readonly #parts: CachedHealthCheckDeps;
  readonly #timeoutMs: number;
  readonly #cacheMs: number;
  #state: CheckState | undefined;
  #answeredMs = -Infinity;
  #asking: Promise<CheckState> | undefined;
  /** Start time of the running check. */
  #openSinceMs: number | undefined;
  #cancelRefresh: (() => void) | undefined;
  #isStopped = false;

  constructor(definition: HealthCheckDefinition, parts: CachedHealthCheckDeps) {
    this.definition = definition;
    this.#parts = parts;
    this.#timeoutMs = definition.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#cacheMs = definition.cacheMs ?? DEFAULT_CACHE_MS;
  }

  /** Returns the last result while it is fresh, else a new one. Never rejects. */
  read(): CheckState | Promise<CheckState> {
    const isRefreshed = this.#cancelRefresh !== undefined;
    const isFresh = this.#nowMs() - this.#answeredMs < this.#cacheMs;
    if (this.#state !== undefined && (isRefreshed || isFresh)) return this.#state;
    return this.#askUnlessAsking();
  }

  /** Starts background runs, if configured. */
  start(): void {
    const { refreshMs } = this.definition;
    if (refreshMs !== undefined && !this.#isStopped) void this.#refresh(refreshMs);
  }

  /** Stops background runs. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRefresh?.();
    this.#cancelRefresh = undefined;
  }

  async #refresh(everyMs: number): Promise<void> {
    this.#cancelRefresh ??= () => undefined;
    // The next run may succeed, and a probe reports the fault.
    await this.#askUnlessAsking().catch(() => undefined);
    if (this.#isStopped) return;
    this.#cancelRefresh = this.#parts.timers.after(everyMs, () => void this.#refresh(everyMs));
  }

  #askUnlessAsking(): Promise<CheckState> {
    return (this.#asking ??= this.#ask().finally(() => (this.#asking = undefined)));
  }

  async #ask(): Promise<CheckState> {
    const { clock } = this.#parts;
    const startedMs = this.#nowMs();
    const result = await this.#answerInTime(startedMs);
    const nowMs = this.#nowMs();
    const before = this.#state;
    const changedMs =
      before?.level === result.level
        ? before.changedMs
        : changeTime(result, before?.changedMs, clock.wallMs());
    this.#state = { level: result.level, details: result.details, changedMs };
    this.#answeredMs = nowMs;
    this.#parts.record(this.definition.name, result.level, (nowMs - startedMs) / 1000);
    return this.#state;
  }

  async #answerInTime(nowMs: number): Promise<CheckResult> {
    const openSinceMs = this.#openSinceMs;
    if (openSinceMs !== undefined && nowMs - openSinceMs < PATIENCE * this.#timeoutMs)
      return this.#noAnswer();
    this.#openSinceMs = nowMs;
    const abort = new AbortController();
    const asked = this.#askOnce(abort.signal, nowMs);
    const { timers } = this.#parts;
    if (await endsWithin(asked, { limitMs: this.#timeoutMs, timers })) return asked;
    abort.abort();
    return this.#noAnswer();
  }

  async #askOnce(signal: AbortSignal, nowMs: number): Promise<CheckResult> {
    try {
      return resultOfAnswer(await this.definition.ask({ signal }));
    } catch (error) {
      return resultOfError(error);
    } finally {
      if (this.#openSinceMs === nowMs) this.#openSinceMs = undefined;
    }
  }

  /** Returns the current time, also with a faulty clock, so that health is still reported. */
  #nowMs(): number {
    try {
      return this.#parts.clock.monotonicMs();
    } catch {
      return Number.NaN;
    }
  }

  #noAnswer(): CheckResult {
    return downFor(`no answer within ${this.#timeoutMs} ms`);
  }
}

/** A check may know when its level changed: after the change before, and not in the future. */
function changeTime({ sinceMs }: CheckResult, beforeMs: number | undefined, nowMs: number): number {
  return sinceMs !== undefined && sinceMs > (beforeMs ?? -Infinity) && sinceMs <= nowMs
    ? sinceMs
    : nowMs;
}
