import { Inject, Optional } from '@nestjs/common';
import type { AnyFunction } from './function-identity.js';
import { addDecoration, type HandlerDecoration } from './handler-decoration.js';
import type { AnyHandlerOptions, HandlerOptions } from './handler-options.js';
import { assertHandlerOptions, type DecoratedKind } from './handler-options-check.js';
import { assertHandlerTarget, assertIsCalled, subjectOf } from './handler-target.js';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation.js';
import { wrapMethod } from '../calls/method-wrapper.js';

/** The decorator that all kinds of handlers share. */
export function decorateMethod(
  kind: DecoratedKind,
  nameOrOptions: string | HandlerOptions = {},
): MethodDecorator {
  const { decorator } = kind.words;
  assertIsCalled(decorator, nameOrOptions);
  const options: AnyHandlerOptions =
    typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  return (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => {
    const subject = `${decorator} on ${subjectOf(target, key)}`;
    assertHandlerTarget({ target, key, method: descriptor?.value }, subject);
    assertHandlerOptions(options, { kind, subject });
    const decoration = addDecoration<HandlerDecoration>({ kind, target, key, options });
    receiveInstrumentation(target);
    const wrapper = wrapMethod(descriptor?.value as AnyFunction, decoration);
    return { ...descriptor, value: wrapper } as never;
  };
}

/**
 * Has the injector hand the application's instrumentation to every instance it makes: singletons, request-scoped and
 * transient ones alike, before anybody can call them.
 */
export function receiveInstrumentation(prototype: object): void {
  if (INSTRUMENTATION in prototype) return;
  Object.defineProperty(prototype, INSTRUMENTATION, {
    configurable: true,
    set(this: object, instrumentation: unknown) {
      // Where the module is missing, `useMocker` of a test may hand over a mock of whatever kind.
      if (instrumentation instanceof Instrumentation) instrumentation.bind(this);
    },
  });
  Inject(INSTRUMENTATION)(prototype, INSTRUMENTATION);
  Optional()(prototype, INSTRUMENTATION);
}
