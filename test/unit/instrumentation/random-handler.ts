/* oxlint-disable unicorn/no-thenable -- thenables are part of the subject here */
import 'reflect-metadata';
import * as fc from 'fast-check';
import { BehaviorSubject, concat, from, map, Observable, of, throwError } from 'rxjs';
import type { Transcript } from './transcript.js';

/** What a random handler does when it is called. */
export interface Behaviour {
  readonly shape: keyof typeof methods;
  /** What it returns, resolves to, emits last or throws. */
  readonly end: unknown;
  /** What it emits or yields before that. */
  readonly values: readonly unknown[];
  readonly fails: boolean;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Make = (behaviour: Behaviour, transcript: Transcript) => Method;

function finish<T>({ fails, end }: Behaviour): T {
  if (fails) throw end;
  return end as T;
}

function settle(behaviour: Behaviour): Promise<unknown> {
  return behaviour.fails ? Promise.reject(behaviour.end) : Promise.resolve(behaviour.end);
}

const end = (behaviour: Behaviour): Observable<unknown> =>
  behaviour.fails ? throwError(() => behaviour.end) : of(behaviour.end);

/** Ways to be a method; each is made twice, once to be decorated. */
const methods = {
  sync: (behaviour) =>
    ({
      handle(_first: unknown, ..._rest: unknown[]) {
        return finish(behaviour);
      },
    }).handle,
  self: () =>
    ({
      handle(this: { own: unknown }, first: unknown) {
        return [this.own, first, arguments.length];
      },
    }).handle as Method,
  async: (behaviour) =>
    ({
      async handle(_first: unknown) {
        await Promise.resolve();
        return finish(behaviour);
      },
    }).handle,
  promise: (behaviour) =>
    ({
      handle() {
        return settle(behaviour);
      },
    }).handle,
  richPromise: (behaviour, { made }) =>
    ({
      handle() {
        return made(Object.assign(settle(behaviour), { cancel: () => behaviour.end }));
      },
    }).handle,
  thenable: (_, { made, note }) =>
    ({
      handle() {
        return made({ then: () => note('the query runs') });
      },
    }).handle,
  observable: (behaviour) =>
    ({
      handle() {
        return concat(from([...behaviour.values]), end(behaviour)).pipe(map((it) => it));
      },
    }).handle,
  teardown: (behaviour, { note }) =>
    ({
      handle() {
        return new Observable((subscriber) => {
          note('subscribed');
          for (const value of behaviour.values) subscriber.next(value);
          note('closed', subscriber.closed);
          return () => note('torn down');
        });
      },
    }).handle,
  subject: (behaviour) =>
    ({
      handle() {
        return new BehaviorSubject(behaviour.end);
      },
    }).handle,
  asyncGenerator: (behaviour, { note }) =>
    ({
      async *handle(_first: unknown) {
        try {
          for (const value of behaviour.values) note('sent', yield value);
          return finish(behaviour);
        } finally {
          note('cleaned up');
        }
      },
    }).handle,
  asyncIterator: (behaviour) =>
    ({
      handle() {
        const left = [...behaviour.values];
        return {
          next: async () =>
            left.length > 0
              ? { done: false, value: left.shift() }
              : { done: true, value: finish(behaviour) },
          [Symbol.asyncIterator]() {
            return this;
          },
        };
      },
    }).handle,
  generator: (behaviour) =>
    ({
      *handle() {
        for (const value of behaviour.values) yield value;
        return finish(behaviour);
      },
    }).handle,
} satisfies Record<string, Make>;

/** The method of a behaviour. */
export function methodOf(behaviour: Behaviour, transcript: Transcript): Method {
  return (methods[behaviour.shape] as Make)(behaviour, transcript);
}

/** A decorator of somebody else's. */
export interface Foreign {
  readonly kind: 'metadata' | 'list' | 'property' | 'wrapper' | 'reader';
  readonly key: string;
  readonly value: unknown;
}

/** Does what decorators in the wild do to a method. */
export function decorateWith(foreign: Foreign, transcript: Transcript): MethodDecorator {
  const { kind, key, value } = foreign;
  return (_target, _key, descriptor) => {
    const method = descriptor.value as unknown as Method;
    if (kind === 'metadata') Reflect.defineMetadata(key, value, method);
    if (kind === 'list') {
      const list = (Reflect.getMetadata('list', method) ?? []) as unknown[];
      Reflect.defineMetadata('list', [...list, value], method);
    }
    if (kind === 'property') Object.defineProperty(method, key, { value, configurable: true });
    if (kind !== 'wrapper' && kind !== 'reader') return descriptor;
    const wrapper: Method = function (...args) {
      if (kind === 'reader') transcript.note('reads', ...Reflect.getMetadataKeys(wrapper));
      return Reflect.apply(method, this, args);
    };
    for (const metadata of Reflect.getMetadataKeys(method) as unknown[]) {
      Reflect.defineMetadata(metadata, Reflect.getMetadata(metadata, method), wrapper);
    }
    return { ...descriptor, value: wrapper as never };
  };
}

// One that makes promises, so that nothing in it can be mistaken for a thenable of its own.
const anything = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  fc.constantFrom(null, undefined, 'text', Number.NaN, -0, Symbol('thrown'), new Error('thrown')),
);

/** Random behaviours. */
export const behaviours: fc.Arbitrary<Behaviour> = fc.record({
  shape: fc.constantFrom(...(Object.keys(methods) as (keyof typeof methods)[])),
  end: anything,
  values: fc.array(anything, { maxLength: 4 }),
  fails: fc.boolean(),
});

/** Random decorators of somebody else's. */
export const foreigners: fc.Arbitrary<Foreign[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('metadata', 'list', 'property', 'wrapper', 'reader'),
    key: fc.constantFrom('roles', 'path', 'guards', 'event'),
    value: anything,
  }),
  { maxLength: 3 },
);
