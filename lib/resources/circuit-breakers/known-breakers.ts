import { type CockatielBreaker, cockatielBreakers, cockatielSource } from './cockatiel-breaker.js';
import {
  isOpossumBreaker,
  opossumName,
  type OpossumBreaker,
  opossumSource,
} from './opossum-breaker.js';
import type { CircuitBreakerSource } from './circuit-breaker-source.js';

/** Circuit breakers that are observed as they are: of `opossum` and `cockatiel`. */
export type KnownCircuitBreaker = OpossumBreaker | CockatielBreaker;

/** A circuit breaker that was recognised. */
export interface RecognisedBreaker {
  readonly breaker: object;
  readonly source: CircuitBreakerSource;
  /** Its own name, when it has one. */
  readonly name?: string;
}

/** The circuit breakers of a known make in an instance, found without running code of it. */
export function recogniseBreakers(instance: unknown): readonly RecognisedBreaker[] {
  if (isOpossumBreaker(instance)) {
    const name = opossumName(instance);
    return [{ breaker: instance, source: opossumSource(instance), ...(name && { name }) }];
  }
  return cockatielBreakers(instance).map((it) => ({ breaker: it, source: cockatielSource(it) }));
}

/** Observes what the application says is a circuit breaker; `undefined` when it is none, or several. */
export function breakerSourceOf(
  breaker: CircuitBreakerSource | KnownCircuitBreaker,
): CircuitBreakerSource | undefined {
  const [known, ...others] = recogniseBreakers(breaker);
  if (known !== undefined) return others.length === 0 ? known.source : undefined;
  const source = breaker as CircuitBreakerSource | undefined;
  return typeof source?.state === 'function' ? source : undefined;
}
