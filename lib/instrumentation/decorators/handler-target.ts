import { ConfigurationError } from '../../kernel/configuration-error.js';
import { type AnyFunction, isObserved } from './function-identity.js';
import { ownDecorations } from './handler-decoration.js';
import { methodName } from './handler-name.js';

/** Verified target of a decorator. */
export interface HandlerTarget {
  readonly target: object;
  readonly key: string | symbol;
  readonly method: unknown;
}

interface TargetProblem {
  readonly rule: string;
  readonly remedy: string;
}

/** @throws ConfigurationError `OBS_HANDLER_TARGET` for a decorator without its parentheses. */
export function assertIsCalled(decorator: string, argument: unknown): void {
  const isTarget =
    typeof argument === 'function' ||
    (typeof argument === 'object' && argument !== null && Object.hasOwn(argument, 'constructor'));
  if (!isTarget) return;
  fail(`${decorator} on ${subjectOf(argument, undefined)}`, undefined, {
    rule: 'it is called, even without options',
    remedy: `Write ${decorator}().`,
  });
}

/**
 * @param subject - Decorator and its location.
 * @throws ConfigurationError `OBS_HANDLER_TARGET` for any target except an instance method that is
 * not yet observed.
 */
export function assertHandlerTarget(decorated: HandlerTarget, subject: string): void {
  const problem = targetProblem(decorated);
  if (problem !== undefined) fail(subject, decorated.method, problem);
}

/** Returns the location of a decorator for messages. */
export function subjectOf(target: unknown, key: unknown): string {
  const owner = typeof target === 'function' ? target : (target as object | undefined)?.constructor;
  const method = typeof key === 'string' || typeof key === 'symbol' ? `.${methodName(key)}` : '';
  return `${owner?.name ?? 'a class'}${method}`;
}

function fail(subject: string, value: unknown, problem: TargetProblem): never {
  throw new ConfigurationError('OBS_HANDLER_TARGET', { subject, value, ...problem });
}

function targetProblem({ target, key, method }: HandlerTarget): TargetProblem | undefined {
  if (typeof key === 'object' && key !== null) {
    return {
      rule: 'the decorator was called as an ECMAScript decorator',
      remedy: 'Set "experimentalDecorators": true in tsconfig.json, as Nest itself needs it.',
    };
  }
  if (typeof target === 'function') {
    const rule = 'it stands on an instance method, not on a class or a static method';
    return { rule, remedy: 'Move it to the method that handles the message.' };
  }
  if (typeof method !== 'function') {
    const rule = 'it stands on a method, not on a property, a parameter or an accessor';
    return {
      rule,
      remedy: 'Make the handler a method: an arrow function in a property cannot be seen.',
    };
  }
  // A decorator in between may hide the marker on the method itself.
  const isTwice = ownDecorations(target).some((it) => it.key === key);
  if (!isTwice && !isObserved(method as AnyFunction)) return undefined;
  return {
    rule: 'a method has one of @Command, @Query, @Projection and @EventStoreOperation, once',
    remedy: 'Remove one of the two decorators.',
  };
}
