import { Inject, Optional } from '@nestjs/common';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { HandlerKind } from '../kernel/observer.js';
import { type AnyFunction, isObserved } from './function-identity.js';
import { addDecoration } from './handler-decoration.js';
import { methodName } from './handler-name.js';
import type { CommandOptions, HandlerOptions } from './handler-options.js';
import { assertHandlerOptions } from './handler-options-check.js';
import { INSTRUMENTATION, type Instrumentation } from './instrumentation.js';
import { wrapMethod } from './method-wrapper.js';

/** The decorator that all kinds of handlers share. */
export function decorateMethod(
  kind: HandlerKind,
  nameOrOptions: string | HandlerOptions = {},
): MethodDecorator {
  const options: CommandOptions =
    typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  return (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => {
    const decorator = `@${kind[0]?.toUpperCase()}${kind.slice(1)}`;
    const method = methodOf(target, key, { decorator, descriptor });
    assertHandlerOptions(options, `${decorator} on ${subjectOf(target, key)}`);
    const { index } = addDecoration({ kind, target, key, options });
    receiveInstrumentation(target);
    const labelled = options.labels !== undefined;
    const wrapper = wrapMethod(method, { index, labelled, context: options.context === true });
    return { ...descriptor, value: wrapper } as never;
  };
}

interface DecoratedMethod {
  readonly decorator: string;
  readonly descriptor: PropertyDescriptor | undefined;
}

function methodOf(
  target: object,
  key: string | symbol,
  { decorator, descriptor }: DecoratedMethod,
): AnyFunction {
  const method: unknown = descriptor?.value;
  const problem = targetProblem(target, key, method);
  if (problem === undefined) return method as AnyFunction;
  throw new ConfigurationError('OBS_HANDLER_TARGET', {
    subject: `${decorator} on ${subjectOf(target, key)}`,
    value: method,
    ...problem,
  });
}

function targetProblem(
  target: object,
  key: unknown,
  method: unknown,
): { readonly rule: string; readonly remedy: string } | undefined {
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
  if (!isObserved(method as AnyFunction)) return undefined;
  return {
    rule: 'a method has one of @Command, @Query and @Projection, once',
    remedy: 'Remove one of the two decorators.',
  };
}

function subjectOf(target: unknown, key: unknown): string {
  const owner = typeof target === 'function' ? target : (target as object | undefined)?.constructor;
  const method = typeof key === 'string' || typeof key === 'symbol' ? `.${methodName(key)}` : '';
  return `${owner?.name ?? 'a class'}${method}`;
}

/**
 * Has the injector hand the application's instrumentation to every instance it makes: singletons, request-scoped and
 * transient ones alike, before anybody can call them.
 */
function receiveInstrumentation(prototype: object): void {
  if (INSTRUMENTATION in prototype) return;
  Object.defineProperty(prototype, INSTRUMENTATION, {
    configurable: true,
    set(this: object, instrumentation: Instrumentation) {
      instrumentation.bind(this);
    },
  });
  Inject(INSTRUMENTATION)(prototype, INSTRUMENTATION);
  Optional()(prototype, INSTRUMENTATION);
}
