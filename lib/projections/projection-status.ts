import type { Position } from './position.js';
import type { WaitOptions } from './model/position-waiters.js';
import type { ProjectionProgress } from './projection-progress.js';
import type { Projections } from './projections.js';

/**
 * Reads the progress of projections in application code, for example to read your own writes.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { ProjectionStatus } from '@eventcore/nestjs-observability';
 *
 * @Injectable()
 * export class Orders {
 *   readonly #status: ProjectionStatus;
 *
 *   constructor(status: ProjectionStatus) {
 *     this.#status = status;
 *   }
 *
 *   async placed(position: bigint): Promise<void> {
 *     await this.#status.waitFor('order_summary', position, { timeoutMs: 2_000 });
 *   }
 * }
 * ```
 */
export class ProjectionStatus {
  readonly #projections: Projections;

  /** @internal */
  constructor(projections: Projections) {
    this.#projections = projections;
  }

  /**
   * Returns the current progress of a projection; `undefined` for an unknown name.
   *
   * @param name - Value of `projection_name`.
   */
  of(name: string): ProjectionProgress | undefined {
    return this.#projections.progressOf(name);
  }

  /** Returns the current progress of all projections. */
  list(): readonly ProjectionProgress[] {
    return this.#projections.progress();
  }

  /**
   * Waits until a projection has applied everything up to a position. The wait ends immediately when the runner in this
   * process reports its checkpoints, otherwise within about 250 ms: a pending wait makes the library poll the
   * checkpoint source more often.
   *
   * @param name - Value of `projection_name`.
   * @param position - Position of the event to wait for.
   * @throws ProjectionWaitError `OBS_WAIT_TIMEOUT`, `OBS_WAIT_LIMIT` when 10,000 callers already wait,
   * `OBS_WAIT_STOPPED`; the abort reason of the signal.
   */
  async waitFor(name: string, position: Position, options: WaitOptions = {}): Promise<void> {
    await this.#projections.wait(name, position, options);
  }
}
