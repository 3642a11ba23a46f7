import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, expect } from 'vitest';

class Hostile {
  get size(): never {
    throw new Error('size');
  }

  toString(): never {
    throw new Error('toString');
  }

  [Symbol.toPrimitive](): never {
    throw new Error('toPrimitive');
  }
}

const everyTrap = new Proxy(
  {},
  {
    get: (_target, trap) => () => {
      throw new Error(`trap ${String(trap)}`);
    },
  },
);

/** Values that are no numbers, made anew for each use: a promise must not have been handled by an earlier one. */
export const notNumbers: Readonly<Record<string, () => unknown>> = {
  text: () => '5',
  'empty text': () => '',
  bigint: () => 10n,
  NaN: () => Number.NaN,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  boolean: () => true,
  null: () => null,
  symbol: () => Symbol('5'),
  date: () => new Date(5),
  list: () => [5],
  'boxed number': () => Object(5) as unknown,
  'object with valueOf': () => ({ valueOf: () => 5 }),
  'rejecting promise': () => Promise.reject(new Error('late')),
  'promise of a number': () => Promise.resolve(5),
  // oxlint-disable-next-line unicorn/no-thenable -- such values are what is tested
  thenable: () => ({ then: (done: (value: number) => void) => done(5) }),
  'hostile object': () => new Hostile(),
  'hostile proxy': () => new Proxy({}, everyTrap),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};

/** Any values: those, what an application passes rightly, and functions. */
export const anyValues: Readonly<Record<string, () => unknown>> = {
  ...notNumbers,
  undefined: () => undefined,
  zero: () => 0,
  one: () => 1,
  negative: () => -1,
  fraction: () => 0.5,
  'large number': () => Number.MAX_VALUE,
  name: () => '__proto__',
  'long text': () => '\u0000\ud800x'.repeat(2_000),
  'empty object': () => ({}),
  'object without prototype': () => Object.create(null) as unknown,
  'cyclic object': () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    return cyclic;
  },
  'frozen object': () => Object.freeze({ events: 1, metadata: Object.freeze({}) }),
  function: () => () => undefined,
  'function that throws': () => () => {
    throw new Error('called');
  },
  // oxlint-disable-next-line require-await -- an application may write this
  'function that rejects': () => async () => {
    throw new Error('called');
  },
  'revoked error': () => {
    const { proxy, revoke } = Proxy.revocable(new Error('revoked'), {});
    revoke();
    return proxy;
  },
  'error with hostile getters': () =>
    Object.defineProperties(new Error('hostile'), {
      name: { get: () => Symbol('name') },
      message: {
        get: () => {
          throw new Error('message');
        },
      },
    }),
};

/** Fails a test after which a rejection is unhandled or an exception uncaught. Call it in a `describe`. */
export function expectNothingUnhandled(): void {
  const seen: unknown[] = [];
  const note = (reason: unknown) => void seen.push(reason);
  beforeEach(() => {
    seen.length = 0;
    process.on('unhandledRejection', note).on('uncaughtException', note);
  });
  afterEach(async () => {
    await settled();
    process.off('unhandledRejection', note).off('uncaughtException', note);
    expect(seen).toEqual([]);
  });
}

/** Waits until Node.js has reported the rejections so far: it does so after the microtasks of a turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    const turns = new EventEmitter();
    setImmediate(() => turns.emit('turn'));
    await once(turns, 'turn');
  }
}
