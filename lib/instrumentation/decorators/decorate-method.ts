import { Inject, Optional } from '@nestjs/common';
import type { AnyFunction } from './function-identity.js';
import { addDecoration, type HandlerDecoration } from './handler-decoration.js';
import type { AnyHandlerOptions, HandlerOptions } from './handler-options.js';
import { assertHandlerOptions, type DecoratedKind } from './handler-options-check.js';
import { assertHandlerTarget, assertIsCalled, subjectOf } from './handler-target.js';
import { INSTRUMENTATION, Instrumentation } from '../instrumentation.js';
import { wrapMethod } from '../calls/method-wrapper.js';

/** Applies the decorator that all kinds of handlers share. */
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
 * Makes the injector pass the application's instrumentation to every instance that it creates, of
 * any scope, before the instance is used.
 */
export function receiveInstrumentation(prototype: object): void {
  if (INSTRUMENTATION in prototype) return;
  Object.defineProperty(prototype, INSTRUMENTATION, {
    configurable: true,
    set(this: object, instrumentation: unknown) {
      // Without the module, `useMocker` of a test may inject an arbitrary mock.
      if (instrumentation instanceof Instrumentation) instrumentation.bind(this);
    },
  });
  Inject(INSTRUMENTATION)(prototype, INSTRUMENTATION);
  Optional()(prototype, INSTRUMENTATION);
}
