import type { Faults } from '../../kernel/faults.js';
import { eventCount, eventTimeMs, requireSync } from '../../kernel/hooks.js';
import type { HandlerObserver, ScalarPosition } from '../../kernel/observer.js';
import { isArray } from '../../options/hostile-values.js';
import type { ProjectionOptions } from '../decorators/handler-options.js';

/** Reports the events of a projection's calls to an observer, as far as the options describe them. */
export class HandledEvents {
  readonly #options: ProjectionOptions;
  readonly #observer: HandlerObserver;
  readonly #faults: Faults;

  private constructor(options: ProjectionOptions, observer: HandlerObserver, faults: Faults) {
    this.#options = options;
    this.#observer = observer;
    this.#faults = faults;
  }

  /** Returns `undefined` when the options describe no events, so that calls need no inspection. */
  static of(
    options: ProjectionOptions,
    observer: HandlerObserver,
    faults: Faults,
  ): HandledEvents | undefined {
    return tellsOfEvents(options) ? new HandledEvents(options, observer, faults) : undefined;
  }

  /**
   * Reports the events of a successful call.
   *
   * @returns Number of applied events, if it differs from one.
   */
  handled([event]: readonly unknown[], result: unknown): number | undefined {
    const batch = this.#options.batch === true && isArray(event) ? event : undefined;
    const size = batch?.length ?? 1;
    if (batch === undefined) this.#tell(event);
    else for (const one of batch) this.#tell(one);
    if (this.#options.batch === true) this.#observer.batchHandled?.(size);
    const skipped = Math.min(size, this.#skipped(result));
    if (skipped > 0) this.#observer.skipped?.(skipped);
    return this.#options.batch === true || skipped > 0 ? size - skipped : undefined;
  }

  #tell(event: unknown): void {
    const { eventTime, position } = this.#options;
    const recordedMs = eventTime === undefined ? Number.NaN : this.#recordedMs(event);
    const at = position === undefined ? undefined : this.#position(event);
    this.#observer.applied?.(recordedMs, at);
  }

  #recordedMs(event: unknown): number {
    return this.#guard('event_time', Number.NaN, () => {
      return eventTimeMs(this.#options.eventTime?.(event)) ?? Number.NaN;
    });
  }

  #position(event: unknown): ScalarPosition | undefined {
    return this.#guard('position', undefined, () => {
      const position: unknown = requireSync(this.#options.position?.(event));
      if (position === undefined || isPosition(position)) return position;
      throw new TypeError('position() returned neither a number nor a bigint nor a text');
    });
  }

  #skipped(result: unknown): number {
    if (this.#options.onSkip === undefined) return 0;
    return this.#guard('on_skip', 0, () => {
      const skipped: unknown = requireSync(this.#options.onSkip?.(result)) ?? 0;
      if (typeof skipped === 'boolean') return skipped ? 1 : 0;
      if (Number.isSafeInteger(skipped) && (skipped as number) >= 0) return skipped as number;
      throw new TypeError('onSkip() returned neither a number of events nor a boolean');
    });
  }

  #guard<T>(hook: string, fallback: T, call: () => T): T {
    try {
      return call();
    } catch (fault) {
      this.#faults.report(hook, fault);
      return fallback;
    }
  }
}

/** Returns true if the options describe the events of a call. */
export function tellsOfEvents({ eventTime, position, batch, onSkip }: ProjectionOptions): boolean {
  return [eventTime, position, onSkip].some((it) => it !== undefined) || batch === true;
}

function isPosition(value: unknown): value is ScalarPosition {
  return typeof value === 'bigint' || typeof value === 'string' || Number.isFinite(value);
}

/**
 * Returns the number of events in the result of the hook `events`.
 *
 * @throws TypeError for any other result.
 */
export function countEvents(answer: number | readonly unknown[] | undefined): number | undefined {
  return answer === undefined ? undefined : eventCount(answer);
}
