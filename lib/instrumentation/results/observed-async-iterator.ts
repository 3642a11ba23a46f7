import { Readable } from 'node:stream';
import { types } from 'node:util';
import { type CallRecorder, endWhenDropped, OpenCall } from '../calls/call-recorder.js';
import { type Method, methodsOf, transparentProxyOf } from '../calls/transparent-proxy.js';

type AnyIterator = AsyncIterator<unknown> & Partial<AsyncIterable<unknown>>;
type Step = 'next' | 'return' | 'throw';

const STEPS: readonly Step[] = ['next', 'return', 'throw'];

const isStep = (property: PropertyKey): boolean =>
  (STEPS as readonly PropertyKey[]).includes(property);

// Iterators of Node.js, because compilers for old targets replace generators of this file.
const asyncGenerator = new Readable()[Symbol.asyncIterator]();
const arrayIterator = [][Symbol.iterator]();

// Disposal and the iterator helpers, which work through `next` and `return`.
const genericMethods: ReadonlySet<unknown> = new Set([
  ...methodsOf(protoOf(protoOf(protoOf(asyncGenerator)))),
  ...methodsOf(protoOf(protoOf(arrayIterator))),
]);

function protoOf(object: object): Record<Step, Method> {
  return Object.getPrototypeOf(object) as Record<Step, Method>;
}

/** Progress of an observed iteration. */
class Progress {
  readonly call: OpenCall;
  #last: unknown;

  constructor(call: OpenCall) {
    this.call = call;
  }

  /** Takes a step of the iterator. */
  step(advance: () => unknown): unknown {
    let outcome: unknown;
    try {
      outcome = this.call.run(advance);
    } catch (error) {
      this.call.fail(error);
      throw error;
    }
    if (outcome instanceof Promise) return plainThen.call(outcome, this.#arrived, this.#failed);
    return this.#arrived(outcome);
  }

  readonly #arrived = (result: unknown): unknown => {
    try {
      const { done, value } = (result ?? {}) as Partial<IteratorResult<unknown>>;
      if (done === true) this.call.succeed(value ?? this.#last);
      else {
        this.#last = value;
        this.call.seen(value);
      }
    } catch {
      // The consumer receives the error of a result whose getters throw.
    }
    return result;
  };

  readonly #failed = (error: unknown): never => {
    this.call.fail(error);
    throw error;
  };
}

const { then: plainThen } = Promise.prototype;

const ITERATE: ReadonlySet<PropertyKey> = new Set([Symbol.asyncIterator, Symbol.iterator]);

/** Observes a handler's async iterator from the call until it is exhausted, throws, is returned or is dropped. */
export function observeAsyncIterator(
  source: AnyIterator,
  recorder: CallRecorder,
  startedMs: number,
): unknown {
  const call = new OpenCall(recorder, startedMs);
  const progress = new Progress(call);
  // The progress lives as long as any object that can advance it: the iterator, a derived one, or a
  // detached `next`.
  endWhenDropped(progress, call);
  return isPlainGenerator(source)
    ? observeGenerator(source, progress)
    : observeIterator(source, progress);
}

/** Returns true for a generator that only its caller holds: every call of a generator function returns another object. */
function isPlainGenerator(source: AnyIterator): boolean {
  return (
    types.isGeneratorObject(source) &&
    Object.isExtensible(source) &&
    Reflect.ownKeys(source).length === 0 &&
    !ObservedGenerator.is(source)
  );
}

/** Returns an object that exists already, to which a subclass adds its fields. */
// oxlint-disable-next-line typescript/no-extraneous-class
class Given {
  constructor(object: object) {
    return object;
  }
}

/** Private field that is added to a generator: it costs less than a `WeakMap`. */
class ObservedGenerator extends Given {
  readonly #progress: Progress;

  constructor(source: object, progress: Progress) {
    super(source);
    this.#progress = progress;
  }

  static is(source: object): boolean {
    return #progress in source;
  }

  static step(source: object, advance: () => unknown): unknown {
    return (source as ObservedGenerator).#progress.step(advance);
  }
}

const observedPrototypes = new WeakMap<object, object>();

/** Puts observed steps between a generator and its prototype. That costs a fifth of a proxy. */
function observeGenerator(source: AnyIterator, progress: Progress): AnyIterator {
  const prototype = protoOf(source);
  let observed = observedPrototypes.get(prototype);
  if (observed === undefined) {
    observed = observedPrototypeOf(prototype);
    observedPrototypes.set(prototype, observed);
  }
  // oxlint-disable-next-line no-new
  new ObservedGenerator(source, progress);
  return Object.setPrototypeOf(source, observed) as AnyIterator;
}

function observedPrototypeOf(prototype: Record<Step, Method>): object {
  const take = (key: Step, source: object, value: unknown): unknown =>
    ObservedGenerator.step(source, () => Reflect.apply(prototype[key], source, [value]));
  const steps = {
    next(value: unknown) {
      return take('next', this, value);
    },
    return(value: unknown) {
      return take('return', this, value);
    },
    throw(value: unknown) {
      return take('throw', this, value);
    },
  };
  const observed = Object.create(prototype) as object;
  for (const key of STEPS) {
    const value = steps[key];
    Object.defineProperty(observed, key, { value, writable: true, configurable: true });
  }
  return observed;
}

function observeIterator(source: AnyIterator, progress: Progress): AnyIterator {
  const observed = transparentProxyOf(source, {
    shape: 'asyncIterator',
    isGeneric: (method) => genericMethods.has(method),
    isObserved: (property) => isStep(property) || ITERATE.has(property),
    invoke: (property, method, args) => {
      const run = () => Reflect.apply(method, source, args);
      if (isStep(property)) return progress.step(run);
      return ITERATE.has(property) ? iterate(run) : run();
    },
  });
  const iterate = (asyncIterator: Method): unknown => {
    const iterator = asyncIterator() as AnyIterator;
    return iterator === source ? observed : observeIterator(iterator, progress);
  };
  return observed;
}
