import { asOwnTraffic } from '../../kernel/following/own-traffic.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { Timers } from '../../kernel/timers.js';
import type { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { PushExporter } from './metrics-exporter.js';
import { aborted } from '../../kernel/time-limit.js';

const JITTER = 0.1;
const MAX_BACK_OFF_MS = 120_000;
// setTimeout fires immediately for a longer delay.
const MAX_DELAY_MS = 2_147_483_647;

/**
 * Returns the delay of the first export, random within the interval, so that processes that start together do not
 * export together.
 *
 * @param random - From 0 to below 1.
 */
export function firstDelayMs(intervalMs: number, random: number): number {
  return intervalMs * (1 - random);
}

/**
 * Returns the delay of the next export: the interval ± 10 %, doubled for each consecutive failure up to two minutes or
 * the interval.
 *
 * @param random - From 0 to below 1.
 */
export function nextDelayMs(intervalMs: number, failures: number, random: number): number {
  const slowed = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, MAX_BACK_OFF_MS));
  return Math.min(slowed * (1 + JITTER * (2 * random - 1)), MAX_DELAY_MS);
}

// Time limit of the last export after failures: an unreachable target must not slow down a deployment.
const PATIENCE_MS = 1_000;

/** Dependencies of a {@link PushLoop}. */
export interface PushLoopDeps {
  /** Name of the exporter in the library's own metrics. */
  readonly name: string;
  readonly exporter: PushExporter;
  readonly clock: Clock;
  /** Timers of the interval. */
  readonly timers: Timers;
  /** Timers of the time limits. @defaultValue `timers` */
  readonly limits?: Timers;
  readonly faults: Faults;
  readonly self: Pick<SelfMetrics, 'expectExports' | 'exported'>;
  /** Returns a number from 0 to below 1. */
  random(): number;
  snapshot(): RegistrySnapshot | Promise<RegistrySnapshot>;
}

/**
 * Calls one exporter at its interval: one export at a time, each within its time limit, less often while exports fail,
 * and a last time when the application shuts down.
 */
export class PushLoop {
  readonly #deps: PushLoopDeps;
  #cancelNext: (() => void) | undefined;
  #underWay: Promise<void> | undefined;
  #abort: AbortController | undefined;
  /** True while the exporter still works on an expired export. */
  #isBusy = false;
  #failures = 0;
  #flushing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(deps: PushLoopDeps) {
    this.#deps = deps;
    deps.self.expectExports(deps.name);
  }

  /** Schedules the first export. */
  start(): void {
    const { exporter, random } = this.#deps;
    this.#schedule(firstDelayMs(exporter.intervalMs, random()));
  }

  /**
   * Stops the loop after a last export.
   *
   * @param limitMs - Time limit for the stop in milliseconds; at most one second after a failed export.
   * @returns Resolves within the limit, whatever the exporter does.
   */
  stop(limitMs: number): Promise<void> {
    this.#stopping ??= this.#stop(limitMs);
    return this.#stopping;
  }

  /** Exports now, besides the exports of the interval. Never rejects, and settles within the exporter's time limit. */
  flush(): Promise<void> {
    if (this.#stopping !== undefined) return this.#stopping;
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    await this.#underWay;
    await this.#push(this.#deps.exporter.timeoutMs);
  }

  async #stop(wantedLimitMs: number): Promise<void> {
    const { timers, limits = timers, clock } = this.#deps;
    const limitMs = this.#failures > 0 ? Math.min(wantedLimitMs, PATIENCE_MS) : wantedLimitMs;
    const deadlineMs = clock.monotonicMs() + limitMs;
    let expired = false;
    const expire = (resolve: () => void) => () => {
      expired = true;
      this.#abort?.abort(new Error(`aborted by the shutdown after ${limitMs} ms`));
      resolve();
    };
    let cancel: (() => void) | undefined;
    const limit = new Promise<void>((resolve) => {
      cancel = limits.after(limitMs, expire(resolve), { keepsAlive: true });
    });
    this.#cancelNext?.();
    await this.#underWay;
    await this.#flushing;
    const leftMs = deadlineMs - clock.monotonicMs();
    // NaN from a clock of the application that fails.
    if (!expired) await this.#push(Number.isNaN(leftMs) ? limitMs : leftMs);
    await Promise.race([this.#close(), limit]);
    cancel?.();
  }

  #schedule(delayMs: number): void {
    this.#cancelNext = this.#deps.timers.after(delayMs, () => {
      this.#underWay = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { exporter, random } = this.#deps;
    await this.#flushing;
    await this.#push(exporter.timeoutMs);
    if (this.#stopping !== undefined) return;
    this.#schedule(nextDelayMs(exporter.intervalMs, this.#failures, random()));
  }

  /** Exports once. Never rejects, and settles within the time limit. */
  async #push(limitMs: number): Promise<void> {
    const { name, clock, faults, self } = this.#deps;
    const startedMs = clock.monotonicMs();
    const finish = (outcome: 'success' | 'failure') =>
      self.exported(name, outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      await this.#export(limitMs);
      this.#failures = 0;
      finish('success');
    } catch (error) {
      this.#failures += 1;
      finish('failure');
      faults.report(name, error);
    }
  }

  async #export(limitMs: number): Promise<void> {
    const { exporter, timers, limits = timers, snapshot } = this.#deps;
    if (this.#isBusy) throw new Error('the previous export is still running');
    const limit = Math.max(1, Math.min(limitMs, exporter.timeoutMs));
    const abort = new AbortController();
    const expire = () => abort.abort(new Error(`the export took more than ${limit} ms`));
    const cancel = limits.after(limit, expire);
    this.#abort = abort;
    this.#isBusy = true;
    const work = asOwnTraffic(() => callExport(exporter, snapshot, abort.signal)).finally(() => {
      this.#isBusy = false;
    });
    try {
      await Promise.race([work, aborted(abort.signal)]);
    } finally {
      cancel();
      // An expired export may still reject later.
      work.catch(() => undefined);
    }
  }

  async #close(): Promise<void> {
    const { name, exporter, faults } = this.#deps;
    try {
      await exporter.close?.();
    } catch (error) {
      faults.report(name, error);
    }
  }
}

/** Turns a synchronous throw of an exporter into a rejection. */
async function callExport(
  exporter: PushExporter,
  snapshot: PushLoopDeps['snapshot'],
  signal: AbortSignal,
): Promise<void> {
  const taken = snapshot();
  await exporter.export(taken instanceof Promise ? await taken : taken, signal);
}
