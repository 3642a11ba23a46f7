import { Injectable, Logger, Module, type Provider, Scope, type Type } from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, type ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Command,
  ObservabilityModule,
  ObservedCheck,
  type PluginContext,
  Projection,
  Query,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';
import { poolSeries } from '../pools/pool-series.js';
import { poll } from '../../system/poll.js';

Logger.overrideLogger(false);

class Till {
  @Command('Charge')
  async charge(fails = false): Promise<string> {
    if (fails) throw new Error('broken');
    return 'charged';
  }

  @Query('FindCharges')
  find(): readonly string[] {
    return [];
  }
}

@Injectable()
@ObservedCheck({ name: 'ledger', groups: ['ready'], cacheMs: 0 })
class Ledger {
  check() {}
}

@ObservedCheck({ name: 'ledger' })
class OtherLedger {
  check() {
    throw new Error('never asked');
  }
}

@Injectable()
class Carrier {
  static isUp = true;

  @ObservedCheck({ name: 'carrier', groups: ['ready'], cacheMs: 0 })
  ping() {
    if (!Carrier.isUp) throw new Error('down');
  }
}

async function start(
  imports: readonly Type[] = [],
  providers: readonly Provider[] = [],
  options: Parameters<typeof ObservabilityModule.forRoot>[0] = { health: false },
) {
  const clock = new ManualClock();
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ clock, ...options }), ...imports],
    providers: [...providers],
  });
  onTestFinished(() => application.close());
  const load = (...late: Provider[]): Promise<ModuleRef> => {
    @Module({ providers: late })
    class Late {}
    return application.app.get(LazyModuleLoader).load(() => Late, { logger: false });
  };
  const value = async (name: string, labels: Record<string, string> = {}) => {
    const { text } = await application.get('/metrics');
    return sampleOf(text, `eventcore_${name}`, labels);
  };
  const charges = async () => [
    await value('commands_total', { command_type: 'Charge' }),
    await value('command_errors_total', { command_type: 'Charge' }),
  ];
  return { application, clock, load, value, charges };
}

describe('a module that Nest loads after the start', () => {
  it.each<[string, Partial<Provider>]>([
    ['a value', { useValue: new Till() }],
    ['a frozen value', { useValue: Object.freeze(new Till()) }],
    ['a factory', { useFactory: () => new Till() }],
    ['an async factory', { useFactory: async () => new Till() }],
    ['a class', { useClass: Till }],
    ['a request-scoped factory', { scope: Scope.REQUEST, useFactory: () => new Till() }],
    ['a transient factory', { scope: Scope.TRANSIENT, useFactory: () => new Till() }],
  ])('A handler of a lazily loaded module has series when %s provides it', async (_, made) => {
    const { load, charges } = await start();
    expect(await charges()).toEqual([undefined, undefined]);
    const module = await load({ provide: 'TILL', ...made } as Provider);
    if (!('scope' in made)) expect(await charges()).toEqual([0, 0]);
    const till = await module
      .resolve<Till>('TILL', ContextIdFactory.create())
      .catch(() => module.get<Till>('TILL'));
    expect(await till.charge()).toBe('charged');
    await expect(till.charge(true)).rejects.toThrow('broken');
    expect(await charges()).toEqual([2, 1]);
  });

  it('A handler of a lazily loaded module counts each call once when its module is loaded again and beside another', async () => {
    const { application, charges, value } = await start();
    @Module({ providers: [{ provide: Till, useFactory: async () => new Till() }] })
    class First {}
    @Module({
      imports: [First],
      providers: [{ provide: 'second', scope: Scope.REQUEST, useFactory: () => new Till() }],
    })
    class Second {}
    const loader = application.app.get(LazyModuleLoader);
    const [first, second] = await Promise.all([
      loader.load(() => First, { logger: false }),
      loader.load(() => Second, { logger: false }),
    ]);
    await loader.load(() => First, { logger: false });
    await first.get(Till).charge();
    await (await second.resolve<Till>('second')).charge();
    expect(await charges()).toEqual([2, 0]);
    first.get(Till).find();
    expect(await value('queries_total', { query_type: 'FindCharges' })).toBe(1);
  });

  it('A handler of a lazily loaded module whose name is taken is reported as a fault and does not end the load', async () => {
    @Injectable()
    class Others {
      @Command('Charge')
      charge(): void {}
    }
    const { load, value } = await start([], [Others]);
    const module = await load({ provide: Till, useFactory: () => new Till() });
    expect(await module.get(Till).charge()).toBe('charged');
    expect(await value('observability_errors_total', { component: 'lazy_modules' })).toBe(1);
  });

  it('A load that fails rejects with its own error, and the next one is observed', async () => {
    const { load, charges } = await start();
    const useFactory = () => {
      throw new Error('no database');
    };
    await expect(load({ provide: 'broken', useFactory })).rejects.toThrow('no database');
    await (await load({ provide: Till, useValue: new Till() })).get(Till).charge();
    expect(await charges()).toEqual([1, 0]);
  });

  it('A projection and a pool of a lazily loaded module have their lag and their connections on the page', async () => {
    class Totals {
      @Projection({ name: 'totals', head: 'HEAD', checkpoint: 'ROWS' })
      applied(): void {}
    }
    const pool = new pg.Pool({ max: 3 });
    onTestFinished(() => pool.end());
    const { application, load, value } = await start();
    await load(
      { provide: Totals, useFactory: () => new Totals() },
      { provide: 'HEAD', useValue: { observe: readings({ head: 10, pendingEvents: 4 }) } },
      { provide: 'ROWS', useValue: { read: readings(6) } },
      { provide: 'LATE_POOL', useFactory: () => pool },
    );
    expect(await poolSeries(application)).toHaveProperty('LATE_POOL');
    const lag = await poll(() => value('projection_lag_events', { projection_name: 'totals' }), {
      what: 'lag',
      timeoutMs: 9_000,
    });
    expect(lag).toBe(4);
  });
});

function readings<T>(reading: T) {
  return async (scopes: readonly { readonly key: string }[]) =>
    new Map(scopes.map(({ key }) => [key, reading]));
}

class Pay {}
class FindPayments {}
class Paid {}

@CommandHandler(Pay)
class PayHandler {
  async execute(): Promise<string> {
    return 'paid';
  }
}

@QueryHandler(FindPayments)
class FindPaymentsHandler {
  execute = async (): Promise<number> => 1;
}

@EventsHandler(Paid)
class PaidHandler {
  async handle(): Promise<void> {}
}

interface Buses {
  register(handlers: readonly unknown[]): void;
}

describe('a handler that a bus of @nestjs/cqrs registers after the start', () => {
  async function use(application: RunningApplication) {
    expect(await application.app.get(CommandBus).execute(new Pay())).toBe('paid');
    expect(await application.app.get(QueryBus).execute(new FindPayments())).toBe(1);
    application.app.get(EventBus).publish(new Paid());
  }

  function register(application: RunningApplication, wrappers: readonly unknown[]) {
    for (const [i, bus] of [CommandBus, QueryBus, EventBus].entries())
      (application.app.get<unknown>(bus) as Buses).register([wrappers[i]]);
  }

  it.each<[string, (handler: Type) => Provider]>([
    ['classes', (handler) => handler],
    ['factories', (handler) => ({ provide: handler, useFactory: () => new handler() })],
  ])(
    'Handlers that buses register after the start have series when they are %s of a lazily loaded module',
    async (_, provided) => {
      const handlers = [PayHandler, FindPaymentsHandler, PaidHandler];
      const { application, load, value } = await start([CqrsModule]);
      await load(...handlers.map(provided));
      const records = [...application.app.get(ModulesContainer).values()].map((it) => it.providers);
      const late = records.find((it) => it.has(PayHandler));
      register(
        application,
        handlers.map((it) => late?.get(it)),
      );
      await use(application);
      expect(await value('commands_total', { command_type: 'Pay' })).toBe(1);
      expect(await value('queries_total', { query_type: 'FindPayments' })).toBe(1);
      const applied = { projection_name: 'PaidHandler', mode: 'live' };
      expect(await value('projection_events_processed_total', applied)).toBe(1);
    },
  );

  it('Handlers that buses register after the start have series when no module provides them', async () => {
    const { application, value } = await start([CqrsModule]);
    const handlers = [new PayHandler(), new FindPaymentsHandler(), new PaidHandler()];
    const wrappers = handlers.map((instance) => ({
      instance,
      metatype: instance.constructor,
      inject: [],
      isDependencyTreeStatic: () => true,
    }));
    register(application, wrappers);
    await use(application);
    await use(application);
    expect(await value('commands_total', { command_type: 'Pay' })).toBe(2);
    expect(await value('queries_total', { query_type: 'FindPayments' })).toBe(2);
    const applied = { projection_name: 'PaidHandler', mode: 'live' };
    expect(await value('projection_events_processed_total', applied)).toBe(2);
  });
});

describe('a module that Nest loads after the start, with health checks or plugins', () => {
  it('Health checks of a lazily loaded module join their groups', async () => {
    const { application, load, value } = await start([], [Ledger], {});
    const reported = async (path: string) =>
      Object.keys(JSON.parse((await application.get(path)).text).details as object);
    expect(await reported('/health/ready')).toContain('ledger');
    expect(await reported('/health/ready')).not.toContain('carrier');
    await load(Carrier);
    expect(await reported('/health/ready')).toContain('carrier');
    Carrier.isUp = false;
    expect((await application.get('/health/ready')).status).toBe(503);
    expect(await value('observability_errors_total', { component: 'lazy_modules' })).toBe(0);
  });

  it('A health check of a lazily loaded module is refused if another one has its name', async () => {
    const { application, load, value } = await start([], [Ledger], {});
    await load({ provide: 'OTHER_LEDGER', useValue: new OtherLedger() });
    expect((await application.get('/health')).status).toBe(200);
    expect(await value('observability_errors_total', { component: 'lazy_modules' })).toBe(1);
  });

  it('A plugin finds the providers of a lazily loaded module', async () => {
    let find: ((token: string) => unknown) | undefined;
    const plugin = { name: 'finder', init: ({ get }: PluginContext) => void (find = get as never) };
    const { load } = await start([], [], { plugins: [plugin], health: false });
    expect(() => find?.('LATE')).toThrow('LATE');
    await load({ provide: 'LATE', useFactory: async () => 'found' });
    expect(find?.('LATE')).toBe('found');
  });
});
