import type { Position } from '../position.js';
import type { Timers } from '../../kernel/timers.js';
import type { ProjectionModel } from './projection-model.js';

/** Every code a {@link ProjectionWaitError} can carry, with what it stands for. */
export const projectionWaitErrorCodes = {
  OBS_WAIT_TIMEOUT: 'The projection has not applied the position in time.',
  OBS_WAIT_LIMIT: 'Too many callers wait for positions of projections already.',
  OBS_WAIT_STOPPED: 'The application shuts down.',
} as const;

/** The code of a {@link ProjectionWaitError}. */
export type ProjectionWaitErrorCode = keyof typeof projectionWaitErrorCodes;

/** A wait for a position that ended before the projection had applied it. */
export class ProjectionWaitError extends Error {
  /** Always `ProjectionWaitError`. */
  override readonly name = 'ProjectionWaitError';
  /** Stable code to match on. */
  readonly code: ProjectionWaitErrorCode;
  /** Name of the projection. */
  readonly projection: string;
  /** What was waited for. */
  readonly position: Position;

  /** @internal */
  constructor(code: ProjectionWaitErrorCode, projection: string, position: Position) {
    super(`${code}: ${projectionWaitErrorCodes[code]} (${projection})`);
    this.code = code;
    this.projection = projection;
    this.position = position;
  }
}

/** How long somebody waits. */
export interface WaitOptions {
  /** Milliseconds to wait at most, above 0. @defaultValue 5000 */
  readonly timeoutMs?: number;
  /** Ends the wait with the reason of its abortion. @defaultValue none */
  readonly signal?: AbortSignal;
}

interface Waiter {
  readonly tracker: ProjectionModel;
  readonly position: Position;
  end(error?: unknown): void;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MAX_WAITERS = 10_000;

/** Those who wait for projections to apply positions. */
export class PositionWaiters {
  readonly #timers: Timers;
  readonly #waiters = new Map<ProjectionModel, Set<Waiter>>();
  #count = 0;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The projections that somebody waits for. */
  awaited(): ProjectionModel[] {
    return [...this.#waiters.keys()];
  }

  /**
   * Waits until the projection has applied the position.
   *
   * @throws ProjectionWaitError `OBS_WAIT_TIMEOUT`, `OBS_WAIT_LIMIT`, `OBS_WAIT_STOPPED`; the reason of the signal.
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
      const aborted = () => waiter.end(signal?.reason);
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

  /** The projection may have moved. */
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
