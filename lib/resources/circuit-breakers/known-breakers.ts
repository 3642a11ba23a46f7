import { type CockatielBreaker, cockatielBreakers, cockatielSource } from './cockatiel-breaker.js';
import {
  isOpossumBreaker,
  opossumName,
  type OpossumBreaker,
  opossumSource,
} from './opossum-breaker.js';
import type { CircuitBreakerSource } from './circuit-breaker-source.js';

/** Circuit breakers of `opossum` and `cockatiel`, which need no adapter. */
export type KnownCircuitBreaker = OpossumBreaker | CockatielBreaker;

/** Recognised circuit breaker. */
export interface RecognisedBreaker {
  readonly breaker: object;
  readonly source: CircuitBreakerSource;
  /** Name of the breaker, if it has one. */
  readonly name?: string;
}

/** Returns the circuit breakers of known libraries in an instance, without running its code. */
export function recogniseBreakers(instance: unknown): readonly RecognisedBreaker[] {
  if (isOpossumBreaker(instance)) {
    const name = opossumName(instance);
    return [{ breaker: instance, source: opossumSource(instance), ...(name && { name }) }];
  }
  return cockatielBreakers(instance).map((it) => ({ breaker: it, source: cockatielSource(it) }));
}

/**
 * Returns the source of a circuit breaker; `undefined` for any other value, or for a combination of several breakers.
 */
export function breakerSourceOf(
  breaker: CircuitBreakerSource | KnownCircuitBreaker,
): CircuitBreakerSource | undefined {
  const [known, ...others] = recogniseBreakers(breaker);
  if (known !== undefined) return others.length === 0 ? known.source : undefined;
  const source = breaker as CircuitBreakerSource | undefined;
  return typeof source?.state === 'function' ? source : undefined;
}
