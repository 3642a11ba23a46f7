import { type CallRecorder, OpenCall } from './call-recorder.js';

type AnyIterator = AsyncIterator<unknown> & Partial<AsyncIterable<unknown>>;
type Step = 'next' | 'return' | 'throw';

const STEPS: ReadonlySet<PropertyKey> = new Set<Step>(['next', 'return', 'throw']);

// An iterator that its consumer dropped half-way ends when it is collected, or `concurrent` would count it for ever.
const dropped = new FinalizationRegistry<OpenCall>((call) => call.succeed(undefined));

/** A handler's async iterator, observed from the call until it is exhausted, throws, is returned or is dropped. */
export function observeAsyncIterator(
  source: AnyIterator,
  recorder: CallRecorder,
  startedMs: number,
): unknown {
  const call = new OpenCall(recorder, startedMs);
  const observed = observeIterator(source, call);
  dropped.register(observed, call);
  return observed;
}

function observeIterator(source: AnyIterator, call: OpenCall): object {
  const progress: Progress = { call, last: undefined };
  return new Proxy(source, {
    get(target, property, receiver) {
      const value = Reflect.get(target, property, target) as unknown;
      if (typeof value !== 'function') return value;
      if (STEPS.has(property)) {
        return (...args: unknown[]) => step(progress, () => Reflect.apply(value, target, args));
      }
      if (property === Symbol.asyncIterator)
        return () => iterate(target, value, { receiver, call });
      // Disposal and the iterator helpers work through `next` and `return`: those of the observed iterator.
      return value.bind(property in asyncIteratorPrototype ? receiver : target) as unknown;
    },
  });
}

const asyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
) as object;

function iterate(
  target: AnyIterator,
  asyncIterator: unknown,
  { receiver, call }: { readonly receiver: unknown; readonly call: OpenCall },
): unknown {
  const iterator = Reflect.apply(asyncIterator as () => AnyIterator, target, []);
  return iterator === target ? receiver : observeIterator(iterator, call);
}

interface Progress {
  readonly call: OpenCall;
  last: unknown;
}

function step(progress: Progress, advance: () => unknown): unknown {
  let outcome: unknown;
  try {
    outcome = advance();
  } catch (error) {
    progress.call.fail(error);
    throw error;
  }
  if (outcome instanceof Promise) return settle(progress, outcome);
  note(progress, outcome);
  return outcome;
}

async function settle(progress: Progress, promise: Promise<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    progress.call.fail(error);
    throw error;
  }
  note(progress, result);
  return result;
}

function note(progress: Progress, result: unknown): void {
  const { done, value } = (result ?? {}) as Partial<IteratorResult<unknown>>;
  if (done === true) progress.call.succeed(value ?? progress.last);
  else progress.last = value;
}
