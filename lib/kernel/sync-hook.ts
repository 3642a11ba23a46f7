import { types } from 'node:util';

/**
 * Returns the result of a synchronous hook. The caller reports a hook that returns a promise by mistake; this function
 * handles the rejection of the promise, which must not end the process.
 */
export function requireSync<T>(answer: T): T {
  if (types.isPromise(answer)) void answer.then(undefined, () => undefined);
  return answer;
}
