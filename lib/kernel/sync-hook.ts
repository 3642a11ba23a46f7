import { types } from 'node:util';

/**
 * The answer of a hook, which has to be given at once. A hook that is async by mistake is reported by whoever reads the
 * answer; that its promise rejects as well must not end the process.
 */
export function requireSync<T>(answer: T): T {
  if (types.isPromise(answer)) void answer.then(undefined, () => undefined);
  return answer;
}
