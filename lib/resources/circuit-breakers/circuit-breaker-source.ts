/** Whether a circuit breaker lets calls through: `closed` all, `half_open` a few to try, `open` none. */
export type CircuitBreakerState = 'closed' | 'half_open' | 'open';

/** What a circuit breaker tells as it happens. None of it ever throws. */
export interface CircuitBreakerListener {
  /** It is in this state now. */
  moved(state: CircuitBreakerState): void;
  /** It refused a call. */
  rejected(): void;
  /** It is over for good: its series go. */
  ended(): void;
}

/**
 * A circuit breaker of any make.
 *
 * @example
 * ```ts
 * import { EventEmitter } from 'node:events';
 * import type {
 *   CircuitBreakerListener,
 *   CircuitBreakerSource,
 * } from '@eventcore/nestjs-observability/metrics';
 *
 * export class MainSwitch extends EventEmitter implements CircuitBreakerSource {
 *   isOff = false;
 *
 *   state() {
 *     return this.isOff ? 'open' : 'closed';
 *   }
 *
 *   listen(listener: CircuitBreakerListener) {
 *     const turned = () => listener.moved(this.state());
 *     this.on('turned', turned).on('refused', listener.rejected);
 *     return () => this.off('turned', turned).off('refused', listener.rejected);
 *   }
 * }
 * ```
 */
export interface CircuitBreakerSource {
  /**
   * The state now, asked whenever the metrics are read: it answers at once. `undefined` when it is not known, which
   * leaves the series out; `'ended'` when the breaker is over for good, which ends its registration.
   */
  state(): CircuitBreakerState | 'ended' | undefined;
  /**
   * Tells the listener what happens until the function that it returns is called. Without it rejections are not counted,
   * and transitions are those that one reading of the metrics sees after another.
   */
  listen?(listener: CircuitBreakerListener): () => void;
}
