import {
  declares,
  readWithoutGetters,
  declaresMethods,
  isObject,
} from '../../kernel/safe-property.js';
import type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from './circuit-breaker-source.js';
import { observeRefusals } from './refused-calls.js';

/** A circuit breaker policy of `cockatiel`. */
export interface CockatielBreaker {
  /** 0 closed, 1 open, 2 half-open, 3 isolated, which is open by hand. */
  readonly state: number;
  /** Tells of every change of the state. */
  onStateChange(listener: (state: number) => void): { dispose(): void };
  /** Calls what it protects. */
  execute(...args: never[]): unknown;
}

const STATES: readonly CircuitBreakerState[] = ['closed', 'open', 'half_open', 'open'];

/**
 * The circuit breakers in a policy of `cockatiel`: itself, or those that `wrap` combined. Empty for anything else.
 */
export function cockatielBreakers(instance: unknown): readonly CockatielBreaker[] {
  if (isBreaker(instance)) return [instance];
  const wrapped = readWithoutGetters(instance, 'wrapped');
  const isWrap =
    Array.isArray(wrapped) && typeof readWithoutGetters(instance, 'execute') === 'function';
  return isWrap ? wrapped.flatMap((it) => cockatielBreakers(it)) : [];
}

/** Observes a circuit breaker policy of `cockatiel`. */
export function cockatielSource(breaker: CockatielBreaker): CircuitBreakerSource {
  return {
    state: () => STATES[breaker.state],
    listen: (listener) => listen(breaker, listener),
  };
}

function isBreaker(instance: unknown): instance is CockatielBreaker {
  return (
    isObject(instance) &&
    declares(instance, 'state') &&
    declaresMethods(instance, 'execute', 'isolate', 'onStateChange', 'onBreak', 'onReset')
  );
}

function listen(breaker: CockatielBreaker, listener: CircuitBreakerListener): () => void {
  const changes = breaker.onStateChange((state) => {
    const to = STATES[state];
    if (to !== undefined) listener.moved(to);
  });
  const stopObserving = observeRefusals(breaker, () => listener.rejected());
  return () => {
    changes.dispose();
    stopObserving();
  };
}
