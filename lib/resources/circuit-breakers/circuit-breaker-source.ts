/** State of a circuit breaker: `closed` passes all calls, `half_open` passes trial calls, `open` passes none. */
export type CircuitBreakerState = 'closed' | 'half_open' | 'open';

/** Receives the events of a circuit breaker. Its methods never throw. */
export interface CircuitBreakerListener {
  /** Records that the breaker entered a state. */
  moved(state: CircuitBreakerState): void;
  /** Records a rejected call. */
  rejected(): void;
  /** Ends the registration of a breaker that was shut down, and removes its series. */
  ended(): void;
}

/**
 * Circuit breaker of any library.
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
   * Returns the current state synchronously, at each read of the metrics. `undefined`: unknown, and the series is
   * absent. `'ended'`: the breaker was shut down, and its registration ends.
   */
  state(): CircuitBreakerState | 'ended' | undefined;
  /**
   * Reports events to the listener until the returned function is called. Without this method, rejections are not
   * counted, and only transitions between two reads of the metrics are.
   */
  listen?(listener: CircuitBreakerListener): () => void;
}
