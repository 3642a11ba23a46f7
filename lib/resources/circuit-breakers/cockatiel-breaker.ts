import { declares, declaresMethods, isObject, readWithoutGetters } from '../../kernel/hooks.js';
import type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from './circuit-breaker-source.js';

const OPEN = 1;
const ISOLATED = 3;

/** Policy that may reject calls. */
interface RefusingPolicy {
  /** 1 open, 3 isolated. */
  readonly state: number;
  /** Executes or rejects a call. */
  execute(...args: never[]): unknown;
}

type Execute = (this: unknown, ...args: never[]) => unknown;

/**
 * Observes the calls that a policy rejects. The policy has no event for them, so `execute` is wrapped on the instance.
 * A policy decides synchronously: if it is open before and after the call, it has rejected it. The returned promise is
 * not touched.
 *
 * @returns A function that ends the observation.
 */
function observeRefusals(policy: RefusingPolicy, refused: () => void): () => void {
  const execute = policy.execute as Execute;
  // Cleared at the end: the wrapper may stay in place, and must not retain the application.
  let notify: (() => void) | undefined = refused;
  const extended = function (this: unknown, ...args: never[]): unknown {
    const before = stateOf(policy);
    const answer = Reflect.apply(execute, this, args);
    const isRefused = before === ISOLATED || (before === OPEN && stateOf(policy) === OPEN);
    if (isRefused) notify?.();
    return answer;
  };
  Object.defineProperties(extended, Object.getOwnPropertyDescriptors(execute));
  const own = Object.getOwnPropertyDescriptor(policy, 'execute');
  Object.defineProperty(policy, 'execute', { configurable: true, writable: true, value: extended });
  return () => {
    notify = undefined;
    // A later wrapper still calls this one, so it must stay in place.
    if (policy.execute !== extended) return;
    if (own === undefined) delete (policy as { execute?: unknown }).execute;
    else Object.defineProperty(policy, 'execute', own);
  };
}

/** Returns `undefined` when the policy throws: a call must not fail because it is observed. */
function stateOf(policy: RefusingPolicy): number | undefined {
  try {
    return policy.state;
  } catch {
    return undefined;
  }
}

/** Circuit breaker policy of `cockatiel`. */
export interface CockatielBreaker {
  /** 0 closed, 1 open, 2 half-open, 3 isolated (opened manually). */
  readonly state: number;
  /** Reports every change of the state. */
  onStateChange(listener: (state: number) => void): { dispose(): void };
  /** Executes a protected call. */
  execute(...args: never[]): unknown;
}

const STATES: readonly CircuitBreakerState[] = ['closed', 'open', 'half_open', 'open'];

/**
 * Returns the circuit breakers in a `cockatiel` policy: the policy itself, or those combined by `wrap`. Empty for any
 * other value.
 */
export function cockatielBreakers(instance: unknown): readonly CockatielBreaker[] {
  if (isBreaker(instance)) return [instance];
  const wrapped = readWithoutGetters(instance, 'wrapped');
  const isWrap =
    Array.isArray(wrapped) && typeof readWithoutGetters(instance, 'execute') === 'function';
  return isWrap ? wrapped.flatMap((it) => cockatielBreakers(it)) : [];
}

/** Adapts a circuit breaker policy of `cockatiel`. */
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
