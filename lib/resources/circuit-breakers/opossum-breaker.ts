import { declares, declaresMethods, isObject } from '../../kernel/hooks.js';
import type { CircuitBreakerListener, CircuitBreakerSource } from './circuit-breaker-source.js';

/** Circuit breaker of `opossum`. */
export interface OpossumBreaker {
  /** Name of the breaker. */
  readonly name: string;
  /** True when the breaker is open. */
  readonly opened: boolean;
  /** True when the breaker is half-open. */
  readonly halfOpen: boolean;
  /** True after `shutdown()`. */
  readonly isShutdown: boolean;
  /** Executes a protected call; never called by this library. */
  fire(...args: never[]): unknown;
}

const RANDOM_NAME = /^$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface OpossumEvents {
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

/** Returns true for a circuit breaker of `opossum`. */
export function isOpossumBreaker(instance: unknown): instance is OpossumBreaker {
  return (
    isObject(instance) &&
    declares(instance, 'name', 'opened', 'halfOpen', 'isShutdown') &&
    declaresMethods(instance, 'fire', 'fallback', 'on', 'removeListener')
  );
}

/** Returns the configured name of the breaker, or the name of its function; `undefined` for a generated name. */
export function opossumName({ name }: OpossumBreaker): string | undefined {
  return typeof name === 'string' && !RANDOM_NAME.test(name) ? name : undefined;
}

/** Adapts a circuit breaker of `opossum`. */
export function opossumSource(breaker: OpossumBreaker): CircuitBreakerSource {
  return {
    state: () => stateOf(breaker),
    listen: (listener) => listen(breaker as OpossumBreaker & OpossumEvents, listener),
  };
}

function stateOf({ isShutdown, opened, halfOpen }: OpossumBreaker) {
  if (isShutdown) return 'ended';
  if (opened) return 'open';
  return halfOpen ? 'half_open' : 'closed';
}

function listen(breaker: OpossumEvents, listener: CircuitBreakerListener): () => void {
  const listeners: readonly (readonly [event: string, listener: () => void])[] = [
    ['open', () => listener.moved('open')],
    ['halfOpen', () => listener.moved('half_open')],
    ['close', () => listener.moved('closed')],
    ['reject', () => listener.rejected()],
    ['shutdown', () => listener.ended()],
  ];
  for (const [event, it] of listeners) breaker.on(event, it);
  return () => {
    for (const [event, it] of listeners) breaker.removeListener(event, it);
  };
}
