import { describe, expect, it } from 'vitest';
import { Command } from '../../../../lib/kinds/command.decorator.js';
import { Query } from '../../../../lib/kinds/query.decorator.js';
import { deferred, Recording } from '../recording.js';

const secret = Symbol('secret');

class Orders {
  #total = 0;

  @Command('Self')
  self(): unknown {
    return this;
  }

  @Command('Add')
  add(amount: number, clock?: { advance(ms: number): void }): number {
    clock?.advance(20);
    this.#total += amount;
    return this.#total;
  }

  @Command('Later')
  async later(gate: Promise<unknown>): Promise<unknown> {
    return await gate;
  }

  @Command('Throw')
  throw(thrown: unknown): never {
    throw thrown;
  }

  @Query('Count')
  count(...args: unknown[]): number {
    return args.length;
  }

  @Command('Fibonacci')
  fibonacci(n: number): number {
    return n < 2 ? n : this.fibonacci(n - 1) + this.fibonacci(n - 2);
  }

  @Command('Secret')
  [secret](): string {
    return 'secret';
  }
}

class Reports {
  @Query('Other')
  other(): string {
    return 'other';
  }
}

describe('a decorated method', () => {
  it('A decorated method is one observation per call, from start to end by the monotonic clock', () => {
    const app = new Recording();
    const orders = app.make(Orders);
    expect(orders.add(2, app.clock)).toBe(2);
    expect(orders.add(3)).toBe(5);
    expect(app.ended).toEqual(['Add success 20ms', 'Add success 0ms']);
  });

  it('A decorated method passes on every argument there is and no more', () => {
    const orders = new Recording().make(Orders);
    expect([orders.count(), orders.count(undefined), orders.count(1, 2, 3)]).toEqual([0, 1, 3]);
  });

  it.each([
    [null, 'unknown'],
    [undefined, 'unknown'],
    ['text', 'unknown'],
    [0, 'unknown'],
    [new TypeError('no'), 'TypeError'],
    [Object.freeze({ frozen: true }), 'unknown'],
  ])('A decorated method lets the caller catch exactly what was thrown: %s', (thrown, type) => {
    const app = new Recording();
    const orders = app.make(Orders);
    let caught: unknown = 'nothing';
    try {
      orders.throw(thrown);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(app.ended).toEqual([`Throw failure 0ms ${type}`]);
  });

  it('A decorated method keeps overlapping calls apart', async () => {
    const app = new Recording();
    const orders = app.make(Orders);
    const [first, second] = [deferred(), deferred()];
    const results = [orders.later(first.promise), orders.later(second.promise)];
    app.clock.advance(10);
    expect(app.active).toBe(2);
    second.resolve('second');
    await results[1];
    app.clock.advance(5);
    first.reject(new RangeError('first'));
    await expect(results[0]).rejects.toThrow('first');
    expect(app.ended).toEqual(['Later success 10ms', 'Later failure 15ms RangeError']);
    expect(app.active).toBe(0);
  });

  it('A decorated method ends the observation of a call that nobody waits for', async () => {
    const app = new Recording();
    void app.make(Orders).later(Promise.resolve());
    expect(app.active).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(app.ended).toEqual(['Later success 0ms']);
  });

  it('A decorated method counts each level of a recursion', () => {
    const app = new Recording();
    expect(app.make(Orders).fibonacci(4)).toBe(3);
    expect(app.ended).toHaveLength(9);
    expect(app.active).toBe(0);
  });

  it('A decorated method may be named by a symbol', () => {
    const app = new Recording();
    expect(app.make(Orders)[secret]()).toBe('secret');
    expect(app.ended).toEqual(['Secret success 0ms']);
  });

  it('A decorated method cannot be constructed, like any method', () => {
    const method = Orders.prototype.add as unknown as new () => unknown;
    expect(() => new method()).toThrow(/method is not a constructor/);
    expect('prototype' in method).toBe(false);
  });
});

describe('`this` of a decorated method', () => {
  it.each([[undefined], [null], [5], ['text'], [true], [Symbol('this')], [() => 1]])(
    'The `this` of a decorated method is what the caller makes it: %s',
    (self) => {
      expect(Orders.prototype.self.call(self as never)).toBe(self);
    },
  );

  it('The `this` of a decorated method is nobody in a detached call, which runs as if undecorated', () => {
    const { count } = new Recording().make(Orders);
    expect(count(1, 2)).toBe(2);
  });

  it('The `this` of a decorated method is not observed when it was made with plain new', () => {
    expect(new Orders().add(4)).toBe(4);
  });

  it('The `this` of a decorated method reports what it inherits: an object whose prototype is a bound instance is observed', () => {
    const app = new Recording();
    const derived = Object.create(app.make(Orders)) as Orders;
    expect(derived.self()).toBe(derived);
    expect(app.ended).toEqual(['Self success 0ms']);
  });

  it('The `this` of a decorated method of another class does not report under that class', () => {
    const app = new Recording();
    const reports = app.make(Reports);
    expect(Orders.prototype.self.call(reports as never)).toBe(reports);
    expect(app.ended).toEqual([]);
  });

  it('The `this` of a decorated method may be a proxy of a bound instance, and is observed', () => {
    const app = new Recording();
    const proxy = new Proxy(app.make(Orders), {});
    expect(proxy.self()).toBe(proxy);
    expect(app.ended).toEqual(['Self success 0ms']);
  });

  it.each([
    ['answers everything with a text', { get: () => 'x' }],
    ['answers everything with a function', { get: () => () => 'x' }],
    ['answers everything with a list of texts', { get: () => ['x', 'x', 'x'] }],
    [
      'throws at what it does not know',
      {
        get: () => {
          throw new Error('unknown');
        },
      },
    ],
  ])('The `this` of a decorated method may be a proxy that %s', (_, traps) => {
    const proxy = new Proxy({}, traps);
    expect(Orders.prototype.self.call(proxy as never)).toBe(proxy);
  });

  it('The `this` of a decorated method may be a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(Orders.prototype.count.call(proxy as never, 1)).toBe(1);
  });
});

describe('inheritance', () => {
  class Base {
    @Command('Pay')
    async pay(log: string[]): Promise<string> {
      log.push('base');
      return 'paid';
    }

    @Command('Refund')
    refund(): string {
      return 'refunded';
    }
  }

  class Override extends Base {
    @Command('PayOnline')
    override async pay(log: string[]): Promise<string> {
      await Promise.resolve();
      const paid = await super.pay(log);
      log.push('override');
      return paid;
    }
  }

  class PlainOverride extends Base {
    override async pay(log: string[]): Promise<string> {
      return await super.pay(log);
    }
  }

  it('A decorated method under inheritance counts an override that calls super once, also after an await', async () => {
    const app = new Recording();
    const log: string[] = [];
    expect(await app.make(Override).pay(log)).toBe('paid');
    expect(log).toEqual(['base', 'override']);
    expect(app.ended).toEqual(['PayOnline success 0ms']);
    expect(app.active).toBe(0);
  });

  it('A decorated method under inheritance counts an undecorated override through the method that it calls', async () => {
    const app = new Recording();
    await app.make(PlainOverride).pay([]);
    expect(app.ended).toEqual(['Pay success 0ms']);
  });

  it('A decorated method under inheritance observes what a class inherits and does not override', () => {
    const app = new Recording();
    expect(app.make(Override).refund()).toBe('refunded');
    expect(app.ended).toEqual(['Refund success 0ms']);
  });

  it('A decorated method under inheritance leaves instances of the base class with the handler of the base class', async () => {
    const app = new Recording();
    await app.make(Base).pay([]);
    expect(app.ended).toEqual(['Pay success 0ms']);
  });
});
