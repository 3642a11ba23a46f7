import { describe, expect, it, vi } from 'vitest';
import { Command } from '../../../lib/kinds/command.decorator.js';
import { Instrumentation } from '../../../lib/instrumentation/instrumentation.js';
import type { TracingObserver } from '../../../lib/kernel/call-tracer.js';
import { Recording } from './recording.js';

class Orders {
  total = 0;

  @Command('Place')
  place(): number {
    return ++this.total;
  }
}

function adopted<T extends object>(instance: T): Recording {
  const app = new Recording();
  app.instrumentation.adopt(instance);
  return app;
}

const calls = (...apps: Recording[]) => apps.map(({ ended }) => ended.length);

describe('an instance', () => {
  it('An instance that is bound before the application is ready is observed from then on', () => {
    const { ended, bound: _bound, ...parts } = new Recording();
    const instrumentation = new Instrumentation();
    const orders = new Orders();
    instrumentation.bind(orders);
    expect(orders.place()).toBe(1);
    const app = new Recording();
    app.instrumentation.bind(orders);
    expect(orders.place()).toBe(2);
    expect(calls(app)).toEqual([1]);
    expect([ended.length, parts.active]).toEqual([0, 0]);
  });

  it('An instance shows nothing of it to enumeration, JSON and spread', () => {
    const orders = new Recording().make(Orders);
    expect(Object.keys(orders)).toEqual(['total']);
    expect(JSON.stringify(orders)).toBe('{"total":0}');
    expect(Reflect.ownKeys({ ...orders })).toEqual(['total']);
  });

  it.each([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
    ['not extensible', Object.preventExtensions],
  ])('An instance may be %s', (_, close) => {
    const instance = close(Object.assign(Object.create(Orders.prototype), { count: { total: 0 } }));
    const app = adopted(instance as Orders);
    Orders.prototype.place.call(
      Object.create(instance as Orders, { total: { value: 1, writable: true } }),
    );
    expect(() => (instance as Orders).place()).toThrow(TypeError);
    expect(app.ended.at(-1)).toBe('Place failure 0ms TypeError');
  });

  it.each([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
  ])(
    'An instance may be %s after it was bound, and goes on to the next application',
    (_, close) => {
      class Fixed {
        @Command('Run')
        run(): number {
          return 1;
        }
      }
      const instance = new Fixed();
      const first = adopted(instance);
      close(instance);
      instance.run();
      first.instrumentation.release();
      instance.run();
      const second = adopted(instance);
      instance.run();
      second.instrumentation.release();
      instance.run();
      expect(calls(first, second)).toEqual([1, 1]);
    },
  );

  it('An instance may be a proxy that takes no property', () => {
    const proxy = new Proxy(new Orders(), {
      defineProperty: () => {
        throw new Error('no property');
      },
      set: (target, key, value) => Reflect.set(target, key, value),
    });
    const app = adopted(proxy);
    expect(proxy.place()).toBe(1);
    expect(calls(app)).toEqual([1]);
    expect(app.faults).toEqual([]);
  });

  it('An instance may be a function', () => {
    const callable = Object.setPrototypeOf(() => undefined, Orders.prototype) as Orders;
    callable.total = 0;
    const app = adopted(callable);
    expect(callable.place()).toBe(1);
    expect(calls(app)).toEqual([1]);
  });

  it('An instance may be a proxy that throws at whatever is asked', () => {
    const refuse = () => {
      throw new Error('asked');
    };
    const proxy = new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse });
    const app = new Recording();
    app.instrumentation.adopt(proxy);
    app.instrumentation.bindDecorated(proxy);
    expect(app.faults).toEqual([]);
  });
});

describe('an instance that applications share', () => {
  it('An instance that applications share reports to each of successive applications in its time, and to none after', () => {
    const orders = new Orders();
    const first = adopted(orders);
    orders.place();
    first.instrumentation.release();
    orders.place();
    const second = adopted(orders);
    orders.place();
    orders.place();
    second.instrumentation.release();
    orders.place();
    expect(orders.total).toBe(5);
    expect(calls(first, second)).toEqual([1, 2]);
  });

  it('An instance that applications share reports to the latest of them, and back to the one before when that one closes', () => {
    const orders = new Orders();
    const first = adopted(orders);
    const second = adopted(orders);
    orders.place();
    second.instrumentation.release();
    orders.place();
    expect(calls(first, second)).toEqual([1, 1]);
  });

  it('An instance that applications share is not given back to an application that closed earlier', () => {
    const orders = new Orders();
    const first = adopted(orders);
    const second = adopted(orders);
    first.instrumentation.release();
    orders.place();
    second.instrumentation.release();
    orders.place();
    expect(calls(first, second)).toEqual([0, 1]);
  });

  it('An instance that applications share reports to the next one when an application never closed', () => {
    const orders = new Orders();
    const [failed, next] = [adopted(orders), adopted(orders)];
    orders.place();
    expect(calls(failed, next)).toEqual([0, 1]);
  });
});

describe('an application that has closed', () => {
  it('An application that has closed observes nothing any more, and its handlers go on working', () => {
    const app = new Recording();
    const orders = app.make(Orders);
    app.instrumentation.release();
    expect(orders.place()).toBe(1);
    expect(app.make(Orders).place()).toBe(1);
    expect(calls(app)).toEqual([0]);
  });

  it('An application that has closed ends the observations that had begun', async () => {
    const app = new Recording();
    class Slow {
      @Command('Slow')
      async run(): Promise<void> {
        await Promise.resolve();
      }
    }
    const running = app.make(Slow).run();
    app.instrumentation.release();
    await running;
    expect(app.ended).toEqual(['Slow success 0ms']);
    expect(app.active).toBe(0);
  });
});

describe('the handlers of a class', () => {
  it('The handlers of a class are bound by the first call of one of them, and once', () => {
    const app = new Recording();
    const bind = vi.spyOn(app, 'bind');
    const [orders, others] = [app.make(Orders), app.make(Orders)];
    expect(bind).not.toHaveBeenCalled();
    orders.place();
    others.place();
    orders.place();
    expect(bind).toHaveBeenCalledTimes(1);
    expect(calls(app)).toEqual([3]);
  });

  it('The handlers of a class are bound before there is a call when somebody wants their series', () => {
    const app = new Recording();
    app.make(Orders);
    expect(app.bound.map(({ name }) => name)).toEqual(['Place']);
  });

  it('The handlers of a class are not bound any more when the application has closed without a call', () => {
    const app = new Recording();
    const bind = vi.spyOn(app, 'bind');
    const orders = app.make(Orders);
    app.instrumentation.release();
    expect(orders.place()).toBe(1);
    expect(app.bound).toEqual([]);
    expect(bind).not.toHaveBeenCalled();
  });

  it('The handlers of a class keep no application that has closed without a call', async () => {
    const orders = new Orders();
    const closed = closedApplicationOf(orders);
    await vi.waitFor(() => {
      globalThis.gc?.();
      expect(closed.deref() === undefined).toBe(true);
    });
    expect(orders.place()).toBe(1);
  });

  it('The handlers of a class run unobserved when they cannot be bound, which is reported once', () => {
    const { instrumentation, faults } = unbindable();
    const orders = new Orders();
    instrumentation.bind(orders);
    expect([orders.place(), orders.place()]).toEqual([1, 2]);
    expect(faults).toEqual(['instrumentation']);
  });
});

/** An application that had the instance, and that only the instance may still hold. */
function closedApplicationOf(instance: Orders): WeakRef<Recording> {
  const app = new Recording();
  app.instrumentation.bind(instance);
  app.instrumentation.release();
  return new WeakRef(app);
}

/** An application in which no handler can be bound. */
function unbindable(): Recording {
  const bind = () => {
    throw new Error('no spans');
  };
  return new Recording({ tracing: { bind } as Partial<TracingObserver> as TracingObserver });
}
