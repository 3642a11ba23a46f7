import type { Drain, DrainPhase } from './drain.js';

/**
 * Connects parts of an application to its shutdown: polling loops stop when it begins, and work
 * that is not counted otherwise delays it.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ApplicationDrain } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class Poller {
 *   readonly #drain: ApplicationDrain;
 *
 *   constructor(drain: ApplicationDrain) {
 *     this.#drain = drain;
 *   }
 *
 *   async run(fetchBatch: (signal: AbortSignal) => Promise<() => Promise<void>>): Promise<void> {
 *     while (!this.#drain.signal.aborted) {
 *       const apply = await fetchBatch(this.#drain.signal);
 *       const release = this.#drain.hold('batch');
 *       await apply().finally(release);
 *     }
 *   }
 * }
 * ```
 */
export class ApplicationDrain {
  readonly #drain: Drain;

  /** @internal */
  constructor(drain: Drain) {
    this.#drain = drain;
  }

  /** Current phase of the shutdown. */
  get phase(): DrainPhase {
    return this.#drain.phase;
  }

  /** Aborts when the shutdown begins. Do not fetch new work after that. */
  get signal(): AbortSignal {
    return this.#drain.signal;
  }

  /**
   * Delays the shutdown for a piece of work, within its time limit.
   *
   * @param name - Name for the log.
   * @returns Releases the work; a second call has no effect.
   */
  hold(name: string): () => void {
    return this.#drain.works.hold(name);
  }

  /**
   * Registers a task that runs once, after in-flight work has finished and before spans are
   * exported. Use it to write a periodic checkpoint or an incomplete batch. Nest has destroyed
   * nothing at that point. The drain waits for the task for the rest of `timeoutMs`, and for half
   * of `flushTimeoutMs` in any case. Without a drain, the task starts and is not awaited. Its
   * errors are logged.
   *
   * @param name - Name for the log.
   * @param run - Receives a signal that aborts when the drain stops waiting.
   * @returns Removes the task; a second call has no effect.
   *
   * @example
   * ```ts
   * import { Injectable } from '@nestjs/common';
   * import { ApplicationDrain } from '@eventcore/nestjs-observability';
   *
   * @Injectable()
   * export class Checkpoints {
   *   constructor(drain: ApplicationDrain) {
   *     drain.onDrained('checkpoints', () => this.write());
   *   }
   *
   *   async write(): Promise<void> {}
   * }
   * ```
   */
  onDrained(name: string, run: (signal: AbortSignal) => unknown): () => void {
    return this.#drain.lastWorks.add(name, run);
  }
}
