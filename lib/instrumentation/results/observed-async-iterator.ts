import { type CallRecorder, endWhenDropped, OpenCall } from '../calls/call-recorder.js';
import { type Method, methodsOf, transparentProxyOf } from '../calls/transparent-proxy.js';

type AnyIterator = AsyncIterator<unknown> & Partial<AsyncIterable<unknown>>;
type Step = 'next' | 'return' | 'throw';

const STEPS: ReadonlySet<PropertyKey> = new Set<Step>(['next', 'return', 'throw']);

// Disposal and the iterator helpers, which work through `next` and `return`.
const genericMethods: ReadonlySet<unknown> = new Set(
  [(async function* () {})(), (function* () {})()].flatMap((it) => [
    ...methodsOf(protoOf(protoOf(protoOf(it)))),
  ]),
);

function protoOf(object: object): object {
  return Object.getPrototypeOf(object) as object;
}

interface Progress {
  readonly call: OpenCall;
  last: unknown;
}

const ITERATE: ReadonlySet<PropertyKey> = new Set([Symbol.asyncIterator, Symbol.iterator]);

/** Observes a handler's async iterator from the call until it is exhausted, throws, is returned or is dropped. */
export function observeAsyncIterator(
  source: AnyIterator,
  recorder: CallRecorder,
  startedMs: number,
): unknown {
  const call = new OpenCall(recorder, startedMs);
  const progress: Progress = { call, last: undefined };
  // The progress lives as long as any object that can advance it: the iterator, a derived one, or a
  // detached `next`.
  endWhenDropped(progress, call);
  return observeIterator(source, progress);
}

function observeIterator(source: AnyIterator, progress: Progress): AnyIterator {
  const observed = transparentProxyOf(source, {
    shape: 'asyncIterator',
    isGeneric: (method) => genericMethods.has(method),
    isObserved: (property) => STEPS.has(property) || ITERATE.has(property),
    invoke: (property, method, args) => {
      const run = () => Reflect.apply(method, source, args);
      if (STEPS.has(property)) return step(progress, run);
      return ITERATE.has(property) ? iterate(run) : run();
    },
  });
  const iterate = (asyncIterator: Method): unknown => {
    const iterator = asyncIterator() as AnyIterator;
    return iterator === source ? observed : observeIterator(iterator, progress);
  };
  return observed;
}

function step(progress: Progress, advance: () => unknown): unknown {
  const { call } = progress;
  let outcome: unknown;
  try {
    outcome = call.run(advance);
  } catch (error) {
    call.fail(error);
    throw error;
  }
  if (outcome instanceof Promise) return settleStep(progress, outcome);
  note(progress, outcome);
  return outcome;
}

async function settleStep(progress: Progress, promise: Promise<unknown>): Promise<unknown> {
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
  try {
    const { done, value } = (result ?? {}) as Partial<IteratorResult<unknown>>;
    if (done === true) progress.call.succeed(value ?? progress.last);
    else {
      progress.last = value;
      progress.call.seen(value);
    }
  } catch {
    // The consumer receives the error of a result whose getters throw.
  }
}
