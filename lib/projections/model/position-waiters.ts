import type { Position } from '../position.js';
import { meaningsOf, projectionWaitCodes } from '../../kernel/errors/error-codes.js';
import type { Timers } from '../../kernel/timers.js';
import type { ProjectionModel } from './projection-model.js';

/** Code of a {@link ProjectionWaitError}. */
export type ProjectionWaitErrorCode = keyof typeof projectionWaitErrorCodes;

/** Codes of {@link ProjectionWaitError}, with their descriptions. */
export const projectionWaitErrorCodes = meaningsOf(projectionWaitCodes);

/** Thrown when a wait for a position ends before the projection has applied it. */
export class ProjectionWaitError extends Error {
  /** Always `ProjectionWaitError`. */
  override readonly name = 'ProjectionWaitError';
  /** Stable code to match on. */
  readonly code: ProjectionWaitErrorCode;
  /** Name of the projection. */
  readonly projection: string;
  /** Position that the caller waited for. */
  readonly position: Position;

  /** @internal */
  constructor(code: ProjectionWaitErrorCode, projection: string, position: Position) {
    super(`${code}: ${projectionWaitErrorCodes[code]} (${projection})`);
    this.code = code;
    this.projection = projection;
    this.position = position;
  }
}

/** Options of a wait for a position. */
export interface WaitOptions {
  /** Maximum wait in milliseconds, above 0. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Ends the wait with the abort reason of the signal. @defaultValue none */
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly tracker: ProjectionModel;
  readonly position: Position;
  end(error?: unknown): void;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_WAITERS = 10_000;

/** Pending waits for projection positions. */
export class PositionWaiters {
  readonly #timers: Timers;
  readonly #waiters = new Map<ProjectionModel, Set<Waiter>>();
  #count = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Returns the projections with pending waits. */
  awaited(): ProjectionModel[] {
    return [...this.#waiters.keys()];
  }

  /**
   * Waits until the projection has applied the position.
   *
   * @throws ProjectionWaitError `OBS_WAIT_TIMEOUT`, `OBS_WAIT_LIMIT`, `OBS_WAIT_STOPPED`; the abort reason of the
   * signal.
   */
  async wait(
    tracker: ProjectionModel,
    position: Position,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: WaitOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    tracker.takeApplied();
    if (tracker.hasReached(position) === true) return;
    if (this.#count >= MAX_WAITERS) throw errorOf('OBS_WAIT_LIMIT', { tracker, position });
    await new Promise<void>((resolve, reject) => {
      const timedOut = () => waiter.end(errorOf('OBS_WAIT_TIMEOUT', { tracker, position }));
      const aborted = () => waiter.end(reasonOf(signal));
      const cancel = this.#timers.after(timeoutMs, timedOut);
      const waiter: Waiter = {
        tracker,
        position,
        end: (error) => {
          cancel();
          signal?.removeEventListener('abort', aborted);
          this.#remove(waiter);
          if (error === undefined) resolve();
          else reject(error as Error);
        },
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#add(waiter);
    });
  }

  /** Ends the waits whose position the projection has reached. */
  check(tracker: ProjectionModel): void {
    for (const waiter of this.#waiters.get(tracker) ?? []) {
      if (tracker.hasReached(waiter.position) === true) waiter.end();
    }
  }

  /** Ends all waits. */
  stop(): void {
    for (const waiter of [...this.#waiters.values()].flatMap((it) => [...it])) {
      waiter.end(errorOf('OBS_WAIT_STOPPED', waiter));
    }
  }

  #add(waiter: Waiter): void {
    this.#count++;
    const others = this.#waiters.get(waiter.tracker);
    if (others === undefined) this.#waiters.set(waiter.tracker, new Set([waiter]));
    else others.add(waiter);
    waiter.tracker.isAwaited = true;
  }

  #remove(waiter: Waiter): void {
    const waiters = this.#waiters.get(waiter.tracker);
    if (waiters?.delete(waiter) !== true) return;
    this.#count--;
    if (waiters.size > 0) return;
    this.#waiters.delete(waiter.tracker);
    waiter.tracker.isAwaited = false;
  }
}

function errorOf(
  code: ProjectionWaitErrorCode,
  { tracker, position }: Pick<Waiter, 'tracker' | 'position'>,
): ProjectionWaitError {
  return new ProjectionWaitError(code, tracker.name, position);
}

/** Returns the reason of an abort. An error in a listener of a signal would end the process. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch (error) {
    return error;
  }
}
