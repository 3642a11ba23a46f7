import { types } from 'node:util';
import { boundHandler } from '../binding/bindings.js';
import type { CallRecorder } from './call-recorder.js';
import { TrackedCall, AmbientCall } from './current-observation.js';
import { type AnyFunction, takeIdentity } from '../decorators/function-identity.js';
import { tellsOfEvents } from './handled-events.js';
import type { HandlerBinding } from '../binding/handler-binding.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import { observePromise } from '../results/observed-promise.js';
import { observeResult } from '../results/result-observer.js';

/** Returns a method that behaves like `original` and is observed on instances that are bound to an application. */
export function wrapMethod(original: AnyFunction, decoration: HandlerDecoration): AnyFunction {
  const { labels, context, attempt } = decoration.options;
  const isSelected = (labels ?? attempt) !== undefined;
  const isPlain = !isSelected && context !== true && !tellsOfEvents(decoration.options);
  const wrapper = (isPlain ? wrapPlainly : wrapWithContext)(original, decoration);
  takeIdentity(wrapper, original);
  return wrapper;
}

function wrapPlainly(original: AnyFunction, decoration: HandlerDecoration): AnyFunction {
  const { index } = decoration;
  const isAsync = returnsPromise(original);
  const followed = wrapWithContext(original, decoration);
  // A method, not a function expression: like the original, it has no `prototype`.
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      // Without label hooks there is no selection: the bound handler is the binding.
      const binding = boundHandler(this, index, decoration) as HandlerBinding | undefined;
      if (binding === undefined) return Reflect.apply(original, this, args);
      // A separate branch, because an untraced call does not need its arguments as an array.
      if (binding.isFollowed()) return Reflect.apply(followed, this, args);
      const startedMs = binding.start();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, args);
      } catch (error) {
        binding.fail(startedMs, error);
        throw error;
      }
      // An async function returns a native promise, so its kind needs no inspection.
      if (isAsync) return observePromise(result as Promise<unknown>, binding, startedMs);
      return observeResult(result, binding, startedMs);
    },
  };
  return observed;
}

function wrapWithContext(original: AnyFunction, decoration: HandlerDecoration): AnyFunction {
  const { index, options } = decoration;
  const isAsync = returnsPromise(original);
  const isReachable = options.context === true;
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      const binding = boundHandler(this, index, decoration)?.select(args);
      if (binding === undefined) return Reflect.apply(original, this, args);
      const recorder = recorderOf(binding, args, isReachable);
      const run = () => Reflect.apply(original, this, args);
      const startedMs = recorder.start();
      let result: unknown;
      try {
        result = recorder.run(run);
      } catch (error) {
        recorder.fail(startedMs, error);
        throw error;
      }
      if (isAsync) return observePromise(result as Promise<unknown>, recorder, startedMs);
      return observeResult(result, recorder, startedMs);
    },
  };
  return observed;
}

function recorderOf(
  binding: HandlerBinding,
  args: readonly unknown[],
  isReachable: boolean,
): CallRecorder {
  const trace = binding.follow(args);
  if (isReachable) return new AmbientCall(binding, args, trace);
  const isPlain = trace === undefined && !binding.looksAtEvents;
  return isPlain ? binding : new TrackedCall(binding, args, trace);
}

/** Returns true for an async function. V8 also tags async generators as async functions. */
function returnsPromise(original: AnyFunction): boolean {
  return types.isAsyncFunction(original) && !types.isGeneratorFunction(original);
}
