import {
  declares,
  declaresMethods,
  isObject,
  readWithoutGetters,
} from '../../kernel/safe-property.js';
import type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from './circuit-breaker-source.js';

const OPEN = 1;
const ISOLATED = 3;

/** A policy that may refuse calls. */
interface RefusingPolicy {
  /** 1 open, 3 open by hand. */
  readonly state: number;
  /** Refuses a call, or makes it. */
  execute(...args: never[]): unknown;
}

type Execute = (this: unknown, ...args: never[]) => unknown;

/**
 * Tells of the calls that a policy refuses. It has no event for them, so `execute` is extended on the instance. A policy
 * decides before it first waits: one that was open and is open still has refused, and the promise that the caller
 * gets is left alone.
 *
 * @returns A function that ends it.
 */
function observeRefusals(policy: RefusingPolicy, refused: () => void): () => void {
  const execute = policy.execute as Execute;
  // Forgotten at the end: what was extended may stay in place, and must not keep an application in memory.
  let tell: (() => void) | undefined = refused;
  const extended = function (this: unknown, ...args: never[]): unknown {
    const before = policy.state;
    const answer = Reflect.apply(execute, this, args);
    const isRefused = before === ISOLATED || (before === OPEN && policy.state === OPEN);
    if (isRefused) tell?.();
    return answer;
  };
  Object.defineProperties(extended, Object.getOwnPropertyDescriptors(execute));
  const own = Object.getOwnPropertyDescriptor(policy, 'execute');
  Object.defineProperty(policy, 'execute', { configurable: true, writable: true, value: extended });
  return () => {
    tell = undefined;
    // Somebody who extended it later goes on calling what was there before.
    if (policy.execute !== extended) return;
    if (own === undefined) delete (policy as { execute?: unknown }).execute;
    else Object.defineProperty(policy, 'execute', own);
  };
}

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
