import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { Timers } from '../../kernel/timers.js';
import type { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import type { RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';
import type { PushExporter } from './metrics-exporter.js';
import { aborted } from '../../kernel/time-limit.js';

const JITTER = 0.1;
const MAX_BACK_OFF_MS = 120_000;
// A timer with a longer delay than this fires at once.
const MAX_DELAY_MS = 2_147_483_647;

/**
 * When the first export is due, somewhere within the interval: processes that start together do not export together.
 *
 * @param random - From 0 to below 1.
 */
export function firstDelayMs(intervalMs: number, random: number): number {
  return intervalMs * (1 - random);
}

/**
 * When the next export is due: after the interval, a tenth more or less; after failures in a row twice as late for each,
 * up to two minutes or the interval.
 *
 * @param random - From 0 to below 1.
 */
export function nextDelayMs(intervalMs: number, failures: number, random: number): number {
  const slowed = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, MAX_BACK_OFF_MS));
  return Math.min(slowed * (1 + JITTER * (2 * random - 1)), MAX_DELAY_MS);
}

// With a target that was not reached lately. A deployment while it is away should not be slow as well.
const PATIENCE_MS = 1_000;

/** What a push loop works with. */
export interface PushLoopDeps {
  /** Name of the exporter in the metrics about the library itself. */
  readonly name: string;
  readonly exporter: PushExporter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly faults: Faults;
  readonly self: Pick<SelfMetrics, 'expectExports' | 'exported'>;
  /** A number from 0 to below 1. */
  random(): number;
  snapshot(): RegistrySnapshot;
}

/**
 * Calls one exporter at its interval: one export at a time, each within its time limit, less often while they fail, and
 * a last one when the application ends.
 */
export class PushLoop {
  readonly #parts: PushLoopDeps;
  #cancelNext: (() => void) | undefined;
  #underWay: Promise<void> | undefined;
  #abort: AbortController | undefined;
  /** Whether the exporter still works on an export that was given up. */
  #isBusy = false;
  #failures = 0;
  #stopping: Promise<void> | undefined;

  constructor(parts: PushLoopDeps) {
    this.#parts = parts;
    parts.self.expectExports(parts.name);
  }

  /** Begins. */
  start(): void {
    const { exporter, random } = this.#parts;
    this.#schedule(firstDelayMs(exporter.intervalMs, random()));
  }

  /**
   * Ends, after a last export.
   *
   * @param limitMs - When all of it is given up, in milliseconds; after a second when exports failed lately.
   * @returns Resolves by then, whatever the exporter does.
   */
  stop(limitMs: number): Promise<void> {
    this.#stopping ??= this.#stop(limitMs);
    return this.#stopping;
  }

  async #stop(wantedLimitMs: number): Promise<void> {
    const { timers, clock } = this.#parts;
    const limitMs = this.#failures > 0 ? Math.min(wantedLimitMs, PATIENCE_MS) : wantedLimitMs;
    const deadlineMs = clock.monotonicMs() + limitMs;
    let expired = false;
    const expire = (resolve: () => void) => () => {
      expired = true;
      this.#abort?.abort(new Error(`given up by the shutdown after ${limitMs} ms`));
      resolve();
    };
    let cancel: (() => void) | undefined;
    const limit = new Promise<void>((resolve) => {
      cancel = timers.after(limitMs, expire(resolve), { keepsAlive: true });
    });
    this.#cancelNext?.();
    await this.#underWay;
    if (!expired) await this.#push(deadlineMs - clock.monotonicMs());
    await Promise.race([this.#close(), limit]);
    cancel?.();
  }

  #schedule(delayMs: number): void {
    this.#cancelNext = this.#parts.timers.after(delayMs, () => {
      this.#underWay = this.#run();
    });
  }

  async #run(): Promise<void> {
    const { exporter, random } = this.#parts;
    await this.#push(exporter.timeoutMs);
    if (this.#stopping !== undefined) return;
    this.#schedule(nextDelayMs(exporter.intervalMs, this.#failures, random()));
  }

  /** Never rejects, and settles within the time limit. */
  async #push(limitMs: number): Promise<void> {
    const { name, clock, faults, self } = this.#parts;
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
    const { exporter, timers, snapshot } = this.#parts;
    if (this.#isBusy) throw new Error('the export before this one does not end');
    const limit = Math.max(1, Math.min(limitMs, exporter.timeoutMs));
    const abort = new AbortController();
    const expire = () => abort.abort(new Error(`the export took more than ${limit} ms`));
    const cancel = timers.after(limit, expire);
    this.#abort = abort;
    this.#isBusy = true;
    const work = callExport(exporter, snapshot, abort.signal).finally(() => {
      this.#isBusy = false;
    });
    try {
      await Promise.race([work, aborted(abort.signal)]);
    } finally {
      cancel();
      // Given up above, it may still fail.
      work.catch(() => undefined);
    }
  }

  async #close(): Promise<void> {
    const { name, exporter, faults } = this.#parts;
    try {
      await exporter.close?.();
    } catch (error) {
      faults.report(name, error);
    }
  }
}

/** An exporter that throws fails as one that rejects. */
async function callExport(
  exporter: PushExporter,
  snapshot: () => RegistrySnapshot,
  signal: AbortSignal,
): Promise<void> {
  await exporter.export(snapshot(), signal);
}
