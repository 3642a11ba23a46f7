import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { currentObservation } from '../../../../lib/instrumentation/calls/current-observation.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { Recording, settled } from '../recording.js';

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
});

afterAll(() => {
  vi.useRealTimers();
});

class Streams {
  closed = 0;

  @Query('Numbers')
  async *numbers(count: number): AsyncGenerator<number, string, string | undefined> {
    try {
      for (let i = 0; i < count; i++) yield i;
      return 'all';
    } finally {
      this.closed++;
    }
  }

  @Query('Give')
  give<T>(iterator: T): T {
    return iterator;
  }

  @Command({ name: 'Import', context: true, events: (last) => last as number })
  async *import(): AsyncGenerator<number> {
    currentObservation()?.retry(new TypeError('once more'));
    yield 1;
    yield 2;
  }
}

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of iterable) values.push(value);
  return values;
}

describe('the async iterator of a handler', () => {
  it('The async iterator of a handler is one observation from the call until it is exhausted', async () => {
    const app = new Recording();
    const numbers = app.make(Streams).numbers(3);
    app.clock.advance(10);
    expect(app.active).toBe(1);
    expect(await all(numbers)).toEqual([0, 1, 2]);
    expect(await numbers.next()).toEqual({ done: true, value: undefined });
    expect(app.ended).toEqual(['Numbers success 10ms']);
    expect(app.active).toBe(0);
  });

  it('The async iterator of a handler ends at a break, after the generator has cleaned up', async () => {
    const app = new Recording();
    const streams = app.make(Streams);
    for await (const value of streams.numbers(3)) if (value === 1) break;
    expect(streams.closed).toBe(1);
    expect(app.ended).toEqual(['Numbers success 0ms']);
  });

  it('The async iterator of a handler ends at return() and gives back what it was told', async () => {
    const app = new Recording();
    const numbers = app.make(Streams).numbers(3);
    await numbers.next();
    expect(await numbers.return('enough')).toEqual({ done: true, value: 'enough' });
    expect(app.ended).toEqual(['Numbers success 0ms']);
  });

  it('The async iterator of a handler fails when it throws, and when its consumer throws into it', async () => {
    const app = new Recording();
    const numbers = app.make(Streams).numbers(3);
    await numbers.next();
    await expect(numbers.throw(null)).rejects.toBe(null);
    const failing = app.make(Streams).give(
      (async function* () {
        yield 1;
        throw new RangeError('half-way');
      })(),
    );
    await expect(all(failing)).rejects.toThrow('half-way');
    expect(app.ended).toEqual(['Numbers failure 0ms unknown', 'Give failure 0ms RangeError']);
  });

  it('The async iterator of a handler answers overlapping calls of next in their order', async () => {
    const numbers = new Recording().make(Streams).numbers(2);
    const results = await Promise.all([numbers.next(), numbers.next(), numbers.next()]);
    expect(results.map((it) => it.value)).toEqual([0, 1, 'all']);
  });

  it('The async iterator of a handler stays an async generator for reflection', () => {
    const numbers = new Recording().make(Streams).numbers(2);
    expect(Object.prototype.toString.call(numbers)).toBe('[object AsyncGenerator]');
    expect(numbers[Symbol.asyncIterator]()).toBe(numbers);
    expect(numbers.next.name).toBe('next');
    expect(numbers).toBeInstanceOf(Streams.prototype.numbers);
  });

  it('The async iterator of a handler runs its steps as part of the handler', async () => {
    const app = new Recording();
    expect(await all(app.make(Streams).import())).toEqual([1, 2]);
    expect(app.ended).toEqual(['Import retry TypeError', 'Import success 0ms attempts=2 2']);
  });

  it('The async iterator of a handler ends when it is dropped, half-way or before it began', async () => {
    const app = new Recording();
    const streams = app.make(Streams);
    await (async () => {
      streams.numbers(3);
      await streams.numbers(3).next();
    })();
    expect(app.active).toBe(2);
    vi.advanceTimersByTime(2_000);
    for (let i = 0; i < 50 && app.active > 0; i++) {
      globalThis.gc?.();
      await settled();
    }
    expect(app.active).toBe(0);
    expect(app.ended).toEqual(['Numbers success 0ms', 'Numbers success 0ms']);
  });

  it('The async iterator of a handler that two handlers return is one call of each', async () => {
    const app = new Recording();
    const streams = app.make(Streams);
    expect(await all(streams.give(streams.numbers(1)))).toEqual([0]);
    expect(app.active).toBe(0);
    expect(app.ended.toSorted()).toEqual(['Give success 0ms', 'Numbers success 0ms']);
  });

  it('The async iterator of a handler is not taken for dropped while a step of it can still be taken', async () => {
    const app = new Recording();
    const gives = () => {
      const source = { n: 0, next: async () => ({ done: false, value: source.n++ }) };
      const iterable = { ...source, [Symbol.asyncIterator]: () => source };
      return app.make(Streams).give(iterable)[Symbol.asyncIterator]();
    };
    const inner = gives();
    vi.advanceTimersByTime(2_000);
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.();
      await settled();
    }
    expect(app.active).toBe(1);
    expect(await inner.next()).toEqual({ done: false, value: 0 });
  });
});

describe('an async iterator of a class', () => {
  class Cursor implements AsyncIterableIterator<number> {
    #position = 0;
    readonly close = () => 'closed';

    async next(): Promise<IteratorResult<number>> {
      const done = this.#position >= 2;
      return done ? { done, value: undefined } : { done, value: this.#position++ };
    }

    get position(): number {
      return this.#position;
    }

    skip(count: number): this {
      this.#position += count;
      return this;
    }

    [Symbol.asyncIterator](): this {
      return this;
    }
  }

  it('An async iterator of a class may have private fields', async () => {
    const app = new Recording();
    const cursor = new Cursor();
    const result = app.make(Streams).give(cursor);
    result.skip(1);
    expect(result.position).toBe(1);
    expect(await all(result)).toEqual([1]);
    expect(result).toBeInstanceOf(Cursor);
    expect(result.constructor).toBe(Cursor);
    expect(result.close).toBe(cursor.close);
    expect(app.ended).toEqual(['Give success 0ms']);
  });

  it('An async iterator of a class that is frozen is left alone', async () => {
    const app = new Recording();
    const frozen = Object.freeze({
      next: async () => ({ done: true, value: 1 }),
      [Symbol.asyncIterator]() {
        return this;
      },
    });
    const result = app.make(Streams).give(frozen);
    expect(result).toBe(frozen);
    expect(await result.next()).toEqual({ done: true, value: 1 });
    expect(app.ended).toEqual(['Give success 0ms']);
  });

  it('An async iterator of a class may answer with results whose getters throw', async () => {
    const app = new Recording();
    const result = {
      get done(): boolean {
        throw new Error('looked at');
      },
    };
    const iterator = app.make(Streams).give({
      next: async () => result,
      [Symbol.asyncIterator]() {
        return this;
      },
    });
    expect(await iterator.next()).toBe(result);
    expect(app.ended).toEqual([]);
  });
});

describe('what only looks like an async iterator', () => {
  it.each([
    ['an async iterable', () => ({ [Symbol.asyncIterator]: () => all })],
    ['a proxy', () => new Proxy({}, { get: () => () => undefined })],
  ])(
    'An object that only resembles an async iterator reaches the caller as it is: %s',
    (_, make) => {
      const app = new Recording();
      const value = make() as object;
      expect(app.make(Streams).give(value)).toBe(value);
      expect(app.ended).toEqual(['Give success 0ms']);
    },
  );
});
