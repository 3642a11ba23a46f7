import { types } from 'node:util';
import type { Observable } from 'rxjs';
import { boundHandler } from './bindings.js';
import type { CallRecorder } from './call-recorder.js';
import { ContextualCall } from './current-observation.js';
import { type AnyFunction, takeIdentity } from './function-identity.js';
import type { HandlerBinding } from './handler-binding.js';
import { observeAsyncIterator } from './observed-async-iterator.js';
import { observeObservable } from './observed-observable.js';
import { observePromise, observeRichPromise } from './observed-promise.js';
import { shapeOf } from './result-shape.js';

/** How a wrapper is made; what a handler does not ask for costs its calls nothing. */
export interface WrapperOptions {
  /** Place of the handler in the table of bindings. */
  readonly index: number;
  /** Label values depend on the arguments. */
  readonly labelled: boolean;
  /** The handler wants {@link currentObservation}. */
  readonly context: boolean;
}

/** A method that behaves like `original` and is observed on instances that are bound to an application. */
export function wrapMethod(original: AnyFunction, options: WrapperOptions): AnyFunction {
  const wrapper =
    options.labelled || options.context
      ? wrapWithContext(original, options)
      : wrapPlainly(original, options.index);
  takeIdentity(wrapper, original);
  return wrapper;
}

function wrapPlainly(original: AnyFunction, index: number): AnyFunction {
  const isAsync = types.isAsyncFunction(original);
  // A method, not a function expression: like the original it cannot be constructed and has no `prototype`.
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      // Without label hooks there is nothing to select: the bound handler is the binding.
      const recorder = boundHandler(this, index) as HandlerBinding | undefined;
      if (recorder === undefined) return Reflect.apply(original, this, args);
      const startedMs = recorder.start();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, args);
      } catch (error) {
        recorder.fail(startedMs, error);
        throw error;
      }
      // What an async function returns is a promise of nobody else's making: no need to look at it.
      if (isAsync) return observePromise(result as Promise<unknown>, recorder, startedMs);
      return settle(result, recorder, startedMs);
    },
  };
  return observed;
}

function wrapWithContext(original: AnyFunction, { index, context }: WrapperOptions): AnyFunction {
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      const binding = boundHandler(this, index)?.select(args);
      if (binding === undefined) return Reflect.apply(original, this, args);
      const call = context ? new ContextualCall(binding) : undefined;
      const recorder = call ?? binding;
      const run = () => Reflect.apply(original, this, args);
      const startedMs = recorder.start();
      let result: unknown;
      try {
        result = call === undefined ? run() : call.run(run);
      } catch (error) {
        recorder.fail(startedMs, error);
        throw error;
      }
      return settle(result, recorder, startedMs);
    },
  };
  return observed;
}

/** Ends the observation now or when the result says so; returns what the caller gets. */
function settle(result: unknown, recorder: CallRecorder, startedMs: number): unknown {
  if (typeof result !== 'object' || result === null) {
    recorder.succeed(startedMs, result);
    return result;
  }
  switch (shapeOf(result)) {
    case 'promise':
      return observePromise(result as Promise<unknown>, recorder, startedMs);
    case 'richPromise':
      observeRichPromise(result as Promise<unknown>, recorder, startedMs);
      return result;
    case 'observable':
      recorder.abandon();
      return observeObservable(result as Observable<unknown>, recorder);
    case 'asyncIterator':
      return observeAsyncIterator(result as AsyncIterator<unknown>, recorder, startedMs);
    case 'value':
      recorder.succeed(startedMs, result);
      return result;
  }
}
