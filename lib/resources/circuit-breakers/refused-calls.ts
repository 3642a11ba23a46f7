const OPEN = 1;
const ISOLATED = 3;

/** A policy that may refuse calls. */
export interface RefusingPolicy {
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
export function observeRefusals(policy: RefusingPolicy, refused: () => void): () => void {
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
