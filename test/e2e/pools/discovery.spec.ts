import { Inject, Injectable, Logger, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HealthIndicators,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';
import { type ApplicationContext, RunningApplication } from '../module/running-application.js';
import { poolSeries } from './pool-series.js';

Logger.overrideLogger(false);

let application: RunningApplication | undefined;
const pools: pg.Pool[] = [];

// Connects to nothing before its first query.
function makePool(max = 3): pg.Pool {
  const pool = new pg.Pool({ max });
  pools.push(pool);
  return pool;
}

async function start(
  providers: ApplicationContext['providers'],
  options: ObservabilityOptions = {},
): Promise<RunningApplication> {
  application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    ...(providers && { providers }),
  });
  return application;
}

afterEach(async () => {
  await application?.close();
  await Promise.all(pools.splice(0).map((it) => it.end()));
});

const namesOf = async (app: RunningApplication) => Object.keys(await poolSeries(app)).toSorted();

describe('a pool among the providers', () => {
  it('A pool among the providers is named after its token', async () => {
    class OrdersPool extends pg.Pool {}
    const own = new OrdersPool({ max: 2 });
    pools.push(own);
    const app = await start([
      { provide: 'TEXT', useFactory: async () => makePool() },
      { provide: Symbol('described'), useValue: makePool() },
      { provide: OrdersPool, useValue: own },
    ]);
    expect(await namesOf(app)).toEqual(['OrdersPool', 'TEXT', 'described']);
  });

  it('A pool among the providers is found once, under its own name, when others stand for it', async () => {
    const app = await start([
      { provide: 'ALIAS', useExisting: 'POOL' },
      { provide: 'POOL', useValue: makePool() },
    ]);
    expect(await namesOf(app)).toEqual(['POOL']);
  });

  it('A pool among the providers has a number when another module has one of its name', async () => {
    @Module({ providers: [{ provide: 'POOL', useFactory: () => makePool(5) }] })
    class Feature {}
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot(), Feature],
      providers: [
        { provide: 'POOL', useValue: makePool(7) },
        { provide: Symbol(), useValue: makePool(9) },
      ],
    });
    const maxSizes = Object.entries(await poolSeries(application)).map(
      ([name, { max_size }]) => [name, max_size] as const,
    );
    expect(maxSizes.map(([name]) => name).toSorted()).toEqual([
      'POOL',
      'POOL_2',
      'connection_pool',
    ]);
    expect(maxSizes.map(([, size]) => size).toSorted()).toEqual([5, 7, 9]);
  });

  it('A pool among the providers is left out or renamed by the options', async () => {
    const providers = [
      { provide: 'A', useValue: makePool() },
      { provide: 'B', useValue: makePool() },
    ];
    const app = await start(providers, { pools: { exclude: ['A'], names: { B: 'orders' } } });
    expect(await namesOf(app)).toEqual(['orders']);
  });

  it.each<ObservabilityOptions>([{ pools: false }])(
    'A pool among the providers is not observed with %j, unless by hand',
    async (options) => {
      const pool = makePool();
      const app = await start([{ provide: 'POOL', useValue: pool }], options);
      expect(await namesOf(app)).toEqual([]);
      app.service.registerPool('orders', pool);
      expect(await namesOf(app)).toEqual(['orders']);
    },
  );

  it('A pool among the providers is not looked for where there is one for each request or consumer', async () => {
    let made = 0;
    const useFactory = () => {
      made++;
      return makePool();
    };
    const app = await start([
      { provide: 'REQUEST', scope: Scope.REQUEST, useFactory },
      { provide: 'TRANSIENT', scope: Scope.TRANSIENT, useFactory },
    ]);
    expect(await namesOf(app)).toEqual([]);
    expect(made).toBe(0);
  });

  it('A pool among the providers is renamed by a registration by hand, before and after it is found', async () => {
    const [early, late] = [makePool(), makePool()];
    @Injectable()
    class Database {
      constructor(observability: ObservabilityService, @Inject('EARLY') pool: pg.Pool) {
        observability.registerPool('early', pool);
      }
    }
    const app = await start([
      { provide: 'EARLY', useValue: early },
      { provide: 'LATE', useValue: late },
      Database,
    ]);
    expect(await namesOf(app)).toEqual(['LATE', 'early']);
    app.service.registerPool('late', late);
    expect(await namesOf(app)).toEqual(['early', 'late']);
  });
});

describe('an application with providers of all kinds', () => {
  it('An application with providers of all kinds starts, and none of them is looked into', async () => {
    const touched: string[] = [];
    const refuse = (trap: string) => () => {
      touched.push(trap);
      throw new Error(trap);
    };
    // What Nest itself asks of every provider: whether it is a promise, its class and its hooks.
    const byNest = /^(?:then|constructor|(?:on|before)[A-Z].*)$/;
    const hostile: unknown = new Proxy(
      {},
      {
        get: (_, key) => (byNest.test(String(key)) ? undefined : refuse(`get ${String(key)}`)()),
        getOwnPropertyDescriptor: refuse('getOwnPropertyDescriptor'),
        ownKeys: refuse('ownKeys'),
      },
    );
    const getters = Object.defineProperties(
      {},
      Object.fromEntries(
        ['totalCount', 'options', 'driver', 'context', 'pool', 'wrapped', 'state', 'name'].map(
          (name) => [name, { get: refuse(`getter ${name}`) }],
        ),
      ),
    );
    const app = await start([
      { provide: 'HOSTILE', useValue: hostile },
      { provide: 'GETTERS', useValue: getters },
      { provide: 'FUNCTION', useValue: () => refuse('call')() },
      { provide: 'NULL', useValue: null },
      { provide: 'TEXT', useValue: 'text' },
      { provide: 'BARE', useValue: Object.create(null) },
      { provide: 'POOL', useValue: makePool() },
    ]);
    expect(await namesOf(app)).toEqual(['POOL']);
    expect(touched).toEqual([]);
    const { text } = await app.get('/metrics');
    expect(text).not.toContain('component="discovery"} 1');
  });
});

describe('a pool that is registered by hand', () => {
  it('A pool that is registered by hand has no series while it cannot be read, and every fault is counted', async () => {
    const app = await start([]);
    const answer: { now: () => unknown } = { now: () => ({ size: 2, available: 1 }) };
    const registration = app.service.registerPool('orders', () => answer.now() as never);
    const orders = { orders: { size: 2, available: 1 } };
    expect(await poolSeries(app)).toEqual(orders);
    const bad = [
      () => {
        throw new Error('broken');
      },
      () => ({ size: Number.NaN, available: 1 }),
      () => ({ size: 1, available: 1, pending: -1 }),
      () => ({ size: 1 }),
      () => Promise.resolve({ size: 1, available: 1 }),
      () => null,
    ];
    for (const it of bad) {
      answer.now = it;
      expect(await poolSeries(app)).toEqual({});
    }
    answer.now = () => undefined;
    expect(await poolSeries(app)).toEqual({});
    const { text } = await app.get('/metrics');
    expect(text).toContain(
      `eventcore_observability_errors_total{component="connection_pool"} ${bad.length}`,
    );
    answer.now = () => ({ size: 2, available: 1, maxSize: Infinity });
    expect(await poolSeries(app)).toEqual(orders);
    registration.unregister();
    expect(await poolSeries(app)).toEqual({});
  });

  it('A pool that is registered by hand that answers later has what it said last', async () => {
    const app = await start([]);
    const gauges = [
      { key: 'prisma_pool_connections_open', value: 3 },
      { key: 'prisma_pool_connections_idle', value: 1 },
      { key: 'prisma_client_queries_wait', value: 0 },
    ];
    // A client of Prisma is a proxy.
    const prisma = new Proxy({ $metrics: { json: async () => ({ counters: [], gauges }) } }, {});
    const own = app.service.registerPool('own', {
      observe: async () => ({ size: 1, available: 1 }),
    });
    app.service.registerPool('prisma', prisma);
    expect(await poolSeries(app)).toEqual({
      own: { size: 1, available: 1 },
      prisma: { size: 3, available: 1, pending: 0 },
    });
    own.unregister();
    expect(await namesOf(app)).toEqual(['prisma']);
  });

  it('A pool that is registered by hand frees its name when it has ended', async () => {
    const { service } = await start([]);
    service.registerPool('orders', () => 'ended');
    service.snapshot();
    expect(service.registerPool('orders', { size: 1, available: 0 }).name).toBe('orders');
  });

  it('A pool that is registered by hand is what can be observed, under a name that can be a label', async () => {
    const { service } = await start([]);
    for (const pool of [null, undefined, 5, 'pool', {}, new Map()])
      expect(() => service.registerPool('orders', pool as never)).toThrow('OBS_SOURCE_INVALID');
    for (const name of ['', ' ', 'x'.repeat(129), 5, undefined, 'a\ud800'])
      expect(() => service.registerPool(name as never, () => undefined)).toThrow(
        'OBS_SOURCE_INVALID',
      );
  });

  it('A pool that is registered by hand is nothing in an application that records nothing', async () => {
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ enabled: false })],
    });
    const { service } = application;
    for (let i = 0; i < 2; i++) service.registerPool('orders', () => undefined).unregister();
    expect(service.registerCircuitBreaker('b', { state: () => 'open' }).name).toBe('b');
  });
});

describe('a pool that nobody has read so far', () => {
  /** Makes an application whose start nobody has waited beyond. */
  async function startWith(pool: pg.Pool) {
    @Module({
      imports: [ObservabilityModule.forRoot({ prometheus: false })],
      providers: [{ provide: 'orders', useValue: pool }],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
    return {
      app,
      service: app.get(ObservabilityService, { strict: false }),
      indicators: app.get(HealthIndicators, { strict: false }),
    };
  }

  /** One with a connection in use and a caller who waits. */
  function pressedPool(): pg.Pool {
    const pool = makePool(1);
    const told = { totalCount: 1, idleCount: 0, waitingCount: 1 };
    for (const [name, value] of Object.entries(told)) Object.defineProperty(pool, name, { value });
    return pool;
  }

  it('A pool that nobody has read so far has its name by the time that another one asks for it', async () => {
    const { app, service } = await startWith(makePool());
    expect(() => service.registerPool('orders', makePool())).toThrow('OBS_SOURCE_DUPLICATE');
    await app.close();
  });

  it('A pool that nobody has read so far is known to health', async () => {
    const { app, indicators } = await startWith(pressedPool());
    expect(indicators.pools('pools')).toMatchObject({ pools: { pressed: ['orders'] } });
    await app.close();
  });

  it('A pool that nobody has read so far is in the first snapshot', async () => {
    const { app, service } = await startWith(pressedPool());
    expect(await service.gather()).toContain('{pool="orders"} ');
    await app.close();
  });

  it('A pool that nobody has read so far is not found any more when the application has closed', async () => {
    const { app, service } = await startWith(makePool());
    await app.close();
    expect(await service.gather()).not.toContain('{pool="orders"');
  });
});
