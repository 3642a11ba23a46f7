import { declares, declaresMethods, isObject } from '../../kernel/safe-property.js';
import type { CircuitBreakerListener, CircuitBreakerSource } from './circuit-breaker-source.js';

/** A circuit breaker of `opossum`. */
export interface OpossumBreaker {
  /** Its name. */
  readonly name: string;
  /** Whether it is open. */
  readonly opened: boolean;
  /** Whether it is half-open. */
  readonly halfOpen: boolean;
  /** Whether it was shut down. */
  readonly isShutdown: boolean;
  /** Calls what it protects; never called. */
  fire(...args: never[]): unknown;
}

const RANDOM_NAME = /^$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface OpossumEvents {
  on(event: string, listener: () => void): unknown;
  removeListener(event: string, listener: () => void): unknown;
}

/** Whether this is a circuit breaker of `opossum`. */
export function isOpossumBreaker(instance: unknown): instance is OpossumBreaker {
  return (
    isObject(instance) &&
    declares(instance, 'name', 'opened', 'halfOpen', 'isShutdown') &&
    declaresMethods(instance, 'fire', 'fallback', 'on', 'removeListener')
  );
}

/** The name that somebody gave the breaker, or the function that it calls; without either it has a random one. */
export function opossumName({ name }: OpossumBreaker): string | undefined {
  return typeof name === 'string' && !RANDOM_NAME.test(name) ? name : undefined;
}

/** Observes a circuit breaker of `opossum`. */
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
