import type { Drain, DrainPhase } from './drain.js';

/**
 * What parts of an application ask about its end: loops that fetch work stop when it begins, and work that nobody else
 * counts holds it up.
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

  /** Where the application is on its way out. */
  get phase(): DrainPhase {
    return this.#drain.phase;
  }

  /** Aborted when the shutdown begins: no new work is to be fetched from then on. */
  get signal(): AbortSignal {
    return this.#drain.signal;
  }

  /**
   * Has the shutdown wait for a piece of work, within its time limit.
   *
   * @param name - What it is, for the log.
   * @returns Says that it is over; a second call does nothing.
   */
  hold(name: string): () => void {
    return this.#drain.works.hold(name);
  }

  /**
   * Has something run once, when what was under way is over and before spans are exported: a checkpoint that is written
   * now and then, a batch that is not full. Nest has torn nothing down by then. It is awaited for what is left of
   * `timeoutMs`, and for half of `flushTimeoutMs` in any case; without a drain it is begun and not awaited. What it throws
   * is logged.
   *
   * @param name - What it is, for the log.
   * @param run - Gets a signal that is aborted when nobody waits any more.
   * @returns Takes it back; a second call does nothing.
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
