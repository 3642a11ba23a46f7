import { forwardRef, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { Command, Projection, Query } from '../../../lib/index.js';
import { applied, commands, series, start } from './application.js';

@Injectable()
class Orders {
  #placed = 0;

  @Command('PlaceOrder')
  async place(): Promise<number> {
    return ++this.#placed;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestOrders extends Orders {}

@Injectable({ scope: Scope.REQUEST, durable: true })
class DurableOrders extends Orders {}

@Injectable({ scope: Scope.TRANSIENT })
class TransientOrders extends Orders {}

@Injectable()
class FrozenOrders {
  constructor() {
    Object.freeze(this);
  }

  @Command('PlaceOrder')
  async place(): Promise<number> {
    return 1;
  }
}

class Client {
  @Command('Charge')
  charge(): string {
    return 'charged';
  }
}

describe('a provider that Nest constructs', () => {
  it.each([
    ['a singleton', Orders],
    ['request-scoped', RequestOrders],
    ['durable', DurableOrders],
    ['transient', TransientOrders],
    ['frozen', FrozenOrders],
  ])(
    'A provider that Nest constructs is observed from its first call and known from start-up: %s',
    async (_, orders) => {
      const app = await start({ providers: [orders] });
      expect(commands(app)).toEqual({ PlaceOrder: 0 });
      const instanceOf = (): Promise<Orders> =>
        app.resolve<Orders>(orders, ContextIdFactory.create());
      const [first, second] = [await instanceOf(), await instanceOf()];
      expect(await first.place()).toBe(1);
      await second.place();
      expect(commands(app)).toEqual({ PlaceOrder: 2 });
    },
  );

  it('A provider that Nest constructs may stand under several tokens', async () => {
    const app = await start({
      providers: [
        Orders,
        { provide: 'A', useClass: Orders },
        { provide: 'B', useExisting: Orders },
      ],
    });
    await app.get<Orders>('A').place();
    await app.get<Orders>('B').place();
    expect(commands(app)).toEqual({ PlaceOrder: 2 });
  });

  it('A provider that Nest constructs may be part of a circle', async () => {
    @Injectable()
    class Egg {
      constructor(@Inject(forwardRef(() => Hen)) readonly hen: unknown) {}
      @Command('Hatch')
      hatch(): string {
        return 'hen';
      }
    }
    @Injectable()
    class Hen {
      constructor(@Inject(forwardRef(() => Egg)) readonly egg: unknown) {}
      @Command('Lay')
      lay(): string {
        return (this.egg as Egg).hatch();
      }
    }
    const app = await start({ providers: [Egg, Hen] });
    expect(app.get(Hen).lay()).toBe('hen');
    expect(commands(app)).toEqual({ Hatch: 1, Lay: 1 });
  });

  it('A provider that Nest constructs may have properties of its own to inject, and inherit the handler', async () => {
    @Injectable()
    class Special extends Orders {
      @Inject('rate')
      readonly rate!: number;
    }
    const app = await start({ providers: [Special, { provide: 'rate', useValue: 7 }] });
    await app.get(Special).place();
    expect(app.get(Special).rate).toBe(7);
    expect(commands(app)).toEqual({ PlaceOrder: 1 });
  });

  it('A provider that Nest constructs may be made by ModuleRef or in a module that is loaded later', async () => {
    @Module({ providers: [Orders] })
    class Lazy {}
    const app = await start({ providers: [] });
    await (await app.get(ModuleRef).create(Orders)).place();
    const lazy = await app.get(LazyModuleLoader).load(() => Lazy);
    await lazy.get(Orders).place();
    expect(commands(app)).toEqual({ PlaceOrder: 2 });
  });

  it('A provider that Nest constructs is observed in calls that other providers make while the application starts', async () => {
    @Injectable()
    class Seed {
      constructor(@Inject(Orders) readonly orders: Orders) {}
      async onModuleInit(): Promise<void> {
        await this.orders.place();
      }
    }
    const app = await start({ providers: [Seed, Orders] });
    expect(commands(app)).toEqual({ PlaceOrder: 1 });
  });
});

describe('a provider that somebody else constructs', () => {
  it.each([
    ['a value', { provide: Client, useValue: new Client() }],
    ['a frozen value', { provide: Client, useValue: Object.freeze(new Client()) }],
    ['a proxy', { provide: Client, useValue: new Proxy(new Client(), {}) }],
    ['a factory', { provide: Client, useFactory: () => new Client() }],
    ['an async factory', { provide: Client, useFactory: async () => new Client() }],
  ])(
    'A provider that somebody else constructs is observed and known from start-up: %s',
    async (_, provider) => {
      const app = await start({ providers: [provider] });
      expect(commands(app)).toEqual({ Charge: 0 });
      expect(app.get(Client).charge()).toBe('charged');
      expect(commands(app)).toEqual({ Charge: 1 });
    },
  );

  it('A provider that somebody else constructs may be a promise of a value that another provider injects', async () => {
    @Injectable()
    class Till {
      constructor(@Inject(Client) readonly client: Client) {}
    }
    const value = { provide: Client, useValue: Promise.resolve(new Client()) };
    const app = await start({ providers: [value, Till] });
    expect(app.get(Till).client.charge()).toBe('charged');
    expect(commands(app)).toEqual({ Charge: 1 });
  });

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])(
    'A provider that somebody else constructs is observed when a %s factory makes it',
    async (_, scope) => {
      const useFactory = (prefix: string) => Object.assign(new Client(), { prefix });
      const app = await start({
        providers: [
          { provide: 'prefix', useValue: 'x' },
          { provide: Client, scope, inject: ['prefix'], useFactory },
        ],
      });
      for (let i = 0; i < 2; i++) {
        const client = await app.resolve(Client, ContextIdFactory.create());
        expect([client.charge(), (client as unknown as { prefix: string }).prefix]).toEqual([
          'charged',
          'x',
        ]);
      }
      expect(commands(app)).toEqual({ Charge: 2 });
    },
  );

  it('A provider that somebody else constructs may be a value that is not to be looked into', async () => {
    const refuse = () => {
      throw new Error('not to be looked into');
    };
    const traps = { has: refuse, getOwnPropertyDescriptor: refuse, defineProperty: refuse };
    const strange = new Proxy({}, traps);
    const app = await start({
      providers: [
        { provide: 'proxy', useValue: strange },
        {
          provide: 'request',
          scope: Scope.REQUEST,
          useFactory: () => Object.create(null) as object,
        },
      ],
    });
    expect(app.get('proxy') === strange).toBe(true);
    expect(await app.resolve('request')).toEqual({});
  });
});

describe('without observability', () => {
  const providers = [
    Orders,
    RequestOrders,
    { provide: Client, useValue: new Client() },
    { provide: 'factory', scope: Scope.REQUEST, useFactory: () => new Client() },
  ];

  it('Handlers run as if undecorated when the module is not imported', async () => {
    const app = await Test.createTestingModule({ providers }).compile();
    expect(await app.get(Orders).place()).toBe(1);
    expect(await (await app.resolve(RequestOrders)).place()).toBe(1);
  });

  it.each([
    ['an object', () => ({})],
    ['a text', () => 'mock'],
    [
      'a proxy that answers everything',
      () => new Proxy({}, { get: (_target, key) => (key === 'then' ? undefined : () => 'mock') }),
    ],
  ])('Handlers run when a test mocks whatever is missing with %s', async (_, mock) => {
    const app = await Test.createTestingModule({ providers }).useMocker(mock).compile();
    expect(await app.get(Orders).place()).toBe(1);
  });

  it('Handlers run as if undecorated when it is switched off', async () => {
    const app = await start({ providers }, { enabled: false });
    expect(await app.get(Orders).place()).toBe(1);
    expect(await (await app.resolve(RequestOrders)).place()).toBe(1);
    expect(app.get(Client).charge()).toBe('charged');
    expect((await app.resolve<Client>('factory')).charge()).toBe('charged');
    expect(commands(app)).toEqual({});
  });
});

describe('known handlers', () => {
  it('Known handlers of all kinds have their counters at 0 from start-up', async () => {
    @Injectable()
    class Shop {
      @Command('Place')
      place(): void {}
      @Query('Find')
      find(): void {}
      @Projection('orders')
      placed(): void {}
    }
    const app = await start({ providers: [Shop] });
    expect(commands(app)).toEqual({ Place: 0 });
    expect(series(app, 'eventcore_commands_concurrent')).toEqual({ Place: 0 });
    expect(series(app, 'eventcore_command_duration_seconds')).toEqual({});
    expect(series(app, 'eventcore_queries_total')).toEqual({ Find: 0 });
    expect(series(app, 'eventcore_query_errors_total')).toEqual({ Find: 0 });
    expect(applied(app)).toEqual({
      'orders live': 0,
    });
    expect(series(app, 'eventcore_projections_active')).toEqual({ '': 1 });
  });
});
