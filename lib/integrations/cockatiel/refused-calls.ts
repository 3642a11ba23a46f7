import type { CockatielBreaker } from './cockatiel-breaker.js';

const OPEN = 1;
const ISOLATED = 3;

type Execute = (this: unknown, ...args: never[]) => unknown;

/**
 * Tells of the calls that a policy refuses. It has no event for them, so `execute` is extended on the instance. A policy
 * decides before it first waits: one that was open and is open still has refused, and the promise that the caller
 * gets is left alone.
 *
 * @returns A function that ends it.
 */
export function observeRefusals(breaker: CockatielBreaker, refused: () => void): () => void {
  const execute = breaker.execute as Execute;
  let isObserving = true;
  const extended = function (this: unknown, ...args: never[]): unknown {
    const before = breaker.state;
    const answer = Reflect.apply(execute, this, args);
    const isRefused = before === ISOLATED || (before === OPEN && breaker.state === OPEN);
    if (isRefused && isObserving) refused();
    return answer;
  };
  Object.defineProperties(extended, Object.getOwnPropertyDescriptors(execute));
  const own = Object.getOwnPropertyDescriptor(breaker, 'execute');
  Object.defineProperty(breaker, 'execute', {
    configurable: true,
    writable: true,
    value: extended,
  });
  return () => {
    isObserving = false;
    // Somebody who extended it later goes on calling what was there before.
    if (breaker.execute !== extended) return;
    if (own === undefined) delete (breaker as { execute?: unknown }).execute;
    else Object.defineProperty(breaker, 'execute', own);
  };
}
