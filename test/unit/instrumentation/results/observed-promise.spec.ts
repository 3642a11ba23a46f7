/* oxlint-disable unicorn/no-thenable -- thenables are the subject here */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { deferred, Recording, settled } from '../recording.js';

class Handler {
  @Command('Run')
  run<T>(work: () => T): T {
    return work();
  }

  @Command('RunAsync')
  async runAsync<T>(work: () => T): Promise<Awaited<T>> {
    return await work();
  }

  @Command({ name: 'RunInContext', context: true })
  runInContext<T>(work: () => T): T {
    return work();
  }
}

const unhandled: unknown[] = [];
const listeners = process.listeners('unhandledRejection');

/** What the process reports as unhandled while `work` runs and settles. */
async function unhandledOf(work: () => unknown): Promise<unknown[]> {
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  work();
  await settled();
  await settled();
  return unhandled;
}

afterEach(() => {
  unhandled.length = 0;
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
});

/** The outcomes and durations in milliseconds of calls that begin and end in a random order, up to so many at once. */
const anyOrder = fc.array(
  fc.record({
    slot: fc.nat({ max: 4 }),
    fails: fc.boolean(),
    waitMs: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 60 },
);

describe('promises of calls that overlap', () => {
  it.each(['run', 'runAsync'] as const)(
    'Promises of calls that overlap of %s each end their own call',
    async (method) => {
      const inAnyOrder = fc.asyncProperty(anyOrder, async (steps) => {
        const app = new Recording();
        const handler = app.make(Handler);
        const open = new Map<number, { end: (fails: boolean) => void; beganMs: number }>();
        const expected: string[] = [];
        for (const { slot, fails, waitMs } of steps) {
          const call = open.get(slot);
          if (call === undefined) {
            const { promise, resolve, reject } = deferred<void>();
            handler[method](() => promise).catch(() => undefined);
            const end = (it: boolean) => (it ? reject(new TypeError('broken')) : resolve());
            open.set(slot, { end, beganMs: app.clock.monotonicMs() });
          } else {
            open.delete(slot);
            call.end(fails);
            const tookMs = app.clock.monotonicMs() - call.beganMs;
            const name = method === 'run' ? 'Run' : 'RunAsync';
            expected.push(
              fails ? `${name} failure ${tookMs}ms TypeError` : `${name} success ${tookMs}ms`,
            );
          }
          await settled();
          app.clock.advance(waitMs);
        }
        expect(app.ended).toEqual(expected);
        expect(app.active).toBe(open.size);
      });
      await fc.assert(inAnyOrder, { numRuns: 200 });
    },
  );

  it('Promises of calls that overlap end their own calls when there are more of them than are kept for later', async () => {
    const app = new Recording();
    const handler = app.make(Handler);
    for (let round = 1; round <= 2; round++) {
      const { promise, resolve } = deferred<void>();
      const calls = Array.from({ length: 3000 }, () => handler.run(() => promise));
      app.clock.advance(round);
      resolve();
      await Promise.all(calls);
    }
    expect(app.ended.filter((it) => it === 'Run success 1ms')).toHaveLength(3000);
    expect(app.ended.filter((it) => it === 'Run success 2ms')).toHaveLength(3000);
    expect(app.active).toBe(0);
  });

  it('Promises of calls that overlap are told apart from the call that begins with their end', async () => {
    const app = new Recording();
    const handler = app.make(Handler);
    const first = deferred<void>();
    const second = deferred<void>();
    const both = handler.run(() => first.promise).then(() => handler.run(() => second.promise));
    app.clock.advance(1);
    first.resolve();
    await settled();
    app.clock.advance(2);
    second.resolve();
    await both;
    expect(app.ended).toEqual(['Run success 1ms', 'Run success 2ms']);
  });
});

describe('a promise', () => {
  it.each(['run', 'runAsync', 'runInContext'] as const)(
    'A promise of %s that is rejected with null is rejected with null',
    async (method) => {
      const app = new Recording();
      const handler = app.make(Handler);
      const caught = await handler[method](() => Promise.reject(null)).then(
        () => 'nothing',
        (error: unknown) => error,
      );
      expect(caught).toBe(null);
      expect(app.ended).toHaveLength(1);
      expect(app.active).toBe(0);
    },
  );

  it.each(['run', 'runAsync', 'runInContext'] as const)(
    'A promise of %s that nobody handles is reported as unhandled, once',
    async (method) => {
      const handler = new Recording().make(Handler);
      const error = new Error('nobody handles this');
      const reported = await unhandledOf(() => void handler[method](() => Promise.reject(error)));
      expect(reported).toEqual([error]);
    },
  );

  it('A promise that is rejected keeps the frames of its callers in the stack, and has none of the observation', async () => {
    const handler = new Recording().make(Handler);
    const failLater = async () => {
      await settled();
      throw new Error('late');
    };
    async function theCaller(): Promise<void> {
      await handler.runAsync(failLater);
    }
    const error: unknown = await theCaller().catch((it: unknown) => it);
    const { stack } = error as Error;
    expect(stack).toContain('theCaller');
    expect(stack).not.toContain('lib/instrumentation/');
  });

  it('A promise that nobody handles is reported while an AsyncLocalStorage is in use', async () => {
    const handler = new Recording().make(Handler);
    const error = new Error('nobody handles this');
    const storage = new AsyncLocalStorage<number>();
    const reported = await unhandledOf(() =>
      storage.run(1, () => void handler.run(() => Promise.reject(error))),
    );
    expect(reported).toEqual([error]);
  });

  it('A promise that somebody handles is not reported', async () => {
    const handler = new Recording().make(Handler);
    const reported = await unhandledOf(() => {
      handler.run(() => Promise.reject(new Error('handled'))).catch(() => undefined);
    });
    expect(reported).toEqual([]);
  });

  it('A promise of another realm is observed until it settles', async () => {
    const app = new Recording();
    const context = createContext({});
    const foreign = runInContext(
      'Promise.reject(new RangeError("foreign"))',
      context,
    ) as Promise<1>;
    await expect(app.make(Handler).run(() => foreign)).rejects.toThrow('foreign');
    expect(app.ended).toEqual(['Run failure 0ms RangeError']);
  });
});

describe('a promise that is more than a promise', () => {
  class Cancelable extends Promise<string> {
    static made = 0;
    cancel = () => 'cancelled';
  }

  class Lazy extends Promise<string> {
    started = 0;
    override then(...args: Parameters<Promise<string>['then']>): never {
      this.started++;
      return super.then(...args) as never;
    }
  }

  it('A promise that is more than a promise reaches the caller as the very object', async () => {
    const app = new Recording();
    const withProperty = Object.assign(Promise.resolve('x'), { child: { pid: 1 } });
    const cancelable = Cancelable.resolve('y') as Cancelable;
    const handler = app.make(Handler);
    expect(handler.run(() => withProperty)).toBe(withProperty);
    expect(handler.run(() => cancelable)).toBe(cancelable);
    await settled();
    expect(app.ended).toEqual(['Run success 0ms', 'Run success 0ms']);
  });

  it('A promise that is more than a promise is observed until it settles', async () => {
    const app = new Recording();
    const { promise, reject } = deferred<string>();
    const rich = Object.assign(promise, { child: 1 });
    const returned = app.make(Handler).run(() => rich);
    app.clock.advance(7);
    expect(app.active).toBe(1);
    reject(new TypeError('rich'));
    await expect(returned).rejects.toThrow('rich');
    expect(app.ended).toEqual(['Run failure 7ms TypeError']);
  });

  it('A promise that is more than a promise is not asked when it has a `then` of its own, and counts as finished', async () => {
    const app = new Recording();
    const lazy = new Lazy((resolve) => resolve('x'));
    expect(app.make(Handler).run(() => lazy)).toBe(lazy);
    await settled();
    expect(lazy.started).toBe(0);
    expect(app.ended).toEqual(['Run success 0ms']);
  });

  it('A promise that is more than a promise may have a getter for `then`, which is not run', () => {
    let reads = 0;
    const promise = Object.defineProperty(Promise.resolve(1), 'then', {
      get: () => {
        reads++;
        return undefined;
      },
    });
    new Recording().make(Handler).run(() => promise);
    expect(reads).toBe(0);
  });

  it('A promise that is more than a promise may refuse to make another one of its kind', () => {
    class Single extends Promise<number> {
      static override get [Symbol.species](): never {
        throw new Error('only one');
      }
    }
    const app = new Recording();
    const single = new Single((resolve) => resolve(1));
    expect(app.make(Handler).run(() => single)).toBe(single);
    expect(app.ended).toEqual(['Run success 0ms']);
  });
});

describe('a thenable that is no promise', () => {
  it.each([
    ['an object', () => ({ then: () => 'started' })],
    ['an object with a getter', () => Object.defineProperty({}, 'then', { get: () => fail() })],
    [
      'an instance of a class',
      () =>
        new (class {
          then = () => fail();
        })(),
    ],
    ['an object that inherits from Promise', () => Object.create(Promise.prototype) as object],
  ])(
    'A thenable that is no promise is not awaited and reaches the caller as it is: %s',
    (_, make) => {
      const app = new Recording();
      const thenable = make();
      expect(app.make(Handler).run(() => thenable)).toBe(thenable);
      expect(app.ended).toEqual(['Run success 0ms']);
    },
  );
});

function fail(): never {
  throw new Error('it was looked at');
}
