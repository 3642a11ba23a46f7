import type { Clock } from '../../kernel/clock.js';
import type { Timers } from '../../kernel/timers.js';

/** Dependencies of an {@link EvaluationLoop}. */
export interface EvaluationLoopDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly intervalMs: number;
  /**
   * Evaluates once. It must not reject.
   *
   * @param atMs - Time of the evaluation: Unix time in milliseconds.
   */
  run(atMs: number): Promise<void>;
  /** Called at each time at which the evaluation before still runs. */
  skipped(): void;
}

/** Delay of a timer up to which an evaluation has the time for which it was planned. */
const TOLERANCE_MS = 1_000;

/** Evaluates again and again on a timer that keeps no process alive. An evaluation that still runs is not overtaken. */
export class EvaluationLoop {
  readonly #deps: EvaluationLoopDeps;
  #nextMs = 0;
  #lastAtMs: number | undefined;
  #running: Promise<void> | undefined;
  #cancel: () => void = () => undefined;
  #isStopped = false;

  constructor(deps: EvaluationLoopDeps) {
    this.#deps = deps;
  }

  /** @param delayMs - Time before the first evaluation. */
  start(delayMs: number): void {
    if (this.#isStopped) return;
    this.#nextMs = this.#deps.clock.monotonicMs() + delayMs;
    this.#plan();
  }

  /** Resolves when no evaluation runs. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  #plan(): void {
    const { clock, timers } = this.#deps;
    const waitMs = Math.max(0, this.#nextMs - clock.monotonicMs());
    this.#cancel = timers.after(waitMs, () => this.#turn());
  }

  #turn(): void {
    const { clock, intervalMs, run, skipped } = this.#deps;
    if (this.#isStopped) return;
    this.#nextMs += intervalMs;
    // A process that was suspended does not make up for what it missed.
    if (this.#nextMs <= clock.monotonicMs()) this.#nextMs = clock.monotonicMs() + intervalMs;
    this.#plan();
    if (this.#running !== undefined) return skipped();
    this.#running = run(this.#time()).finally(() => (this.#running = undefined));
  }

  /** Evaluations are whole intervals apart, as in Prometheus: `for` must not last longer because a timer was late. */
  #time(): number {
    const { clock, intervalMs } = this.#deps;
    const nowMs = Math.trunc(clock.wallMs());
    const lastMs = this.#lastAtMs ?? nowMs;
    const steps = Math.max(1, Math.round((nowMs - lastMs) / intervalMs));
    const plannedMs = lastMs + steps * intervalMs;
    const isNear = Math.abs(nowMs - plannedMs) <= Math.min(TOLERANCE_MS, intervalMs / 2);
    return (this.#lastAtMs = isNear ? plannedMs : nowMs);
  }
}
