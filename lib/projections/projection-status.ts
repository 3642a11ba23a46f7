import type { Position } from './position.js';
import type { WaitOptions } from './model/position-waiters.js';
import type { ProjectionProgress } from './projection-progress.js';
import type { Projections } from './projections.js';

/**
 * How far projections are, for the code of the application: to read what was just written, for instance.
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
   * How far a projection is now; `undefined` for a name that nobody has mentioned.
   *
   * @param name - Value of `projection_name`.
   */
  of(name: string): ProjectionProgress | undefined {
    return this.#projections.progressOf(name);
  }

  /** How far all projections are now. */
  list(): readonly ProjectionProgress[] {
    return this.#projections.progress();
  }

  /**
   * Waits until a projection has applied everything up to a position: at once when its runner reports its checkpoints
   * here, else within about 250 ms, as the checkpoint source is read more often for as long as somebody waits.
   *
   * @param name - Value of `projection_name`.
   * @param position - Of the event to wait for.
   * @throws ProjectionWaitError `OBS_WAIT_TIMEOUT`, `OBS_WAIT_LIMIT` when 10,000 callers wait already,
   * `OBS_WAIT_STOPPED`; the reason of the signal.
   */
  async waitFor(name: string, position: Position, options: WaitOptions = {}): Promise<void> {
    await this.#projections.wait(name, position, options);
  }
}
