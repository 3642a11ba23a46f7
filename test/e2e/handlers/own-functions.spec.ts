import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { CommandBus, CommandHandler, CqrsModule } from '@nestjs/cqrs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  Command,
  EventStoreOperation,
  ObservabilityModule,
  Projection,
} from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(fails = false): Promise<string> {
    if (fails) throw new TypeError('broken');
    return 'placed';
  }

  @EventStoreOperation('append')
  async append(fails = false): Promise<string> {
    if (fails) throw new TypeError('broken');
    return 'appended';
  }

  @Projection('totals')
  async applied(fails = false): Promise<void> {
    if (fails) throw new TypeError('broken');
  }
}

class Events {
  @EventStoreOperation('append')
  async append(fails = false): Promise<string> {
    if (fails) throw new TypeError('broken');
    return 'appended';
  }
}

async function start(providers: Provider[], imports: unknown[] = []) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ health: false }), ...(imports as [])],
    providers,
    configure: (app) => app.enableShutdownHooks(),
  });
  onTestFinished(() => application.close());
  const page = async () => (await application.get('/metrics')).text;
  const of = async (command_type: string) => {
    const text = await page();
    const labels = { command_type };
    return {
      total: sampleOf(text, 'eventcore_commands_total', labels),
      errors: sampleOf(text, 'eventcore_command_errors_total', labels),
      concurrent: sampleOf(text, 'eventcore_commands_concurrent', labels),
    };
  };
  return { app: application.app, service: application.service, of, page };
}

describe('functions that instances have in place of decorated methods', () => {
  it.each(['onModuleInit', 'onApplicationBootstrap'] as const)(
    'A function that %s assigns is observed once, with the error that the caller receives',
    async (hook) => {
      @Injectable()
      class Assigned extends Orders implements OnModuleInit, OnApplicationBootstrap {
        onModuleInit(): void {
          if (hook === 'onModuleInit') this.#assign();
        }

        onApplicationBootstrap(): void {
          if (hook === 'onApplicationBootstrap') this.#assign();
        }

        #assign(): void {
          const place = this.place;
          this.place = async (fails) => place.call(this, fails).catch(() => 'handled');
          this.append = async () => 'assigned';
        }
      }
      const { app, of, page } = await start([
        Assigned,
        { provide: 'value', useValue: new Assigned() },
      ]);
      for (const token of [Assigned, 'value']) {
        const orders = app.get<Assigned>(token);
        expect(await orders.place(true)).toBe('handled');
        expect(await orders.place()).toBe('placed');
        expect(await orders.append()).toBe('assigned');
      }
      expect(await of('PlaceOrder')).toEqual({ total: 4, errors: 0, concurrent: 0 });
      expect(await page()).toMatch(
        /event_store_\w+\{.*operation="append".*outcome="success".*\} 2/,
      );
    },
  );

  it('A function that a hook puts around an arrow function of the instance counts once with it', async () => {
    @Injectable()
    class Retrying extends Orders implements OnModuleInit, OnApplicationBootstrap {
      override place = async (fails = false): Promise<string> => super.place(fails);

      onModuleInit(): void {
        const { place } = this;
        this.place = async (fails) => place(fails).catch(() => place());
      }

      onApplicationBootstrap(): void {
        const { place } = this;
        this.place = async (fails) => `${await place(fails)} twice`;
      }
    }
    const { app, of } = await start([Retrying]);
    expect(await app.get(Retrying).place(true)).toBe('placed twice');
    expect(await of('PlaceOrder')).toEqual({ total: 1, errors: 0, concurrent: 0 });
  });

  it('A decorated method that its constructor binds to the instance counts once in each application', async () => {
    @Injectable()
    class Bound {
      readonly answer = 'bound';

      constructor() {
        this.run = this.run.bind(this);
      }

      @Command('BindRun')
      async run(): Promise<string> {
        return this.answer;
      }
    }
    const shared = new Bound();
    for (let i = 0; i < 2; i++) {
      const { app, of } = await start([Bound]);
      const { run } = app.get(Bound);
      expect(await run.call(app.get(Bound))).toBe('bound');
      expect(await of('BindRun')).toEqual({ total: 1, errors: 0, concurrent: 0 });
      const other = await start([{ provide: Bound, useValue: shared }]);
      expect(await other.app.get(Bound).run()).toBe('bound');
      expect(await other.of('BindRun')).toEqual({ total: 1, errors: 0, concurrent: 0 });
    }
  });

  it('Instances of one class with and without functions of their own are each counted once', async () => {
    @Injectable()
    class Sometimes extends Orders {
      constructor(own: boolean) {
        super();
        if (!own) return;
        this.place = async (fails) => super.place(fails).catch(() => 'handled');
        this.append = async () => super.append(true).catch(() => 'handled');
        this.applied = async () => super.applied(true).catch(() => undefined);
      }
    }
    const instances = [false, true, true, false].map((own) => new Sometimes(own));
    const { app, of, page } = await start(
      instances.map((it, i) => ({ provide: `orders ${i}`, useFactory: () => it })),
    );
    for (const i of instances.keys()) {
      const orders = app.get<Sometimes>(`orders ${i}`);
      await orders.place(true).catch(() => undefined);
      await orders.append();
      await orders.applied();
    }
    expect(await of('PlaceOrder')).toEqual({ total: 4, errors: 2, concurrent: 0 });
    const text = await page();
    expect(text).toMatch(/event_store_\w+\{.*operation="append".*outcome="success".*\} 4/);
    const applied = { projection_name: 'totals', mode: 'live' };
    expect(sampleOf(text, 'eventcore_projection_events_processed_total', applied)).toBe(4);
  });

  it('Event-store operations in arrow functions and accessors of an instance are counted as the method is', async () => {
    @Injectable()
    class Arrows extends Events {
      override append = async (fails = false): Promise<string> => {
        if (fails) throw new RangeError('broken too');
        return super.append();
      };
    }
    @Injectable()
    class Accessors extends Events {
      constructor() {
        super();
        const append = async () => super.append(true).catch(() => 'handled');
        Object.defineProperty(this, 'append', { get: () => append, configurable: true });
      }
    }
    const { app, page } = await start([Arrows, Accessors]);
    await app.get(Arrows).append();
    await expect(app.get(Arrows).append(true)).rejects.toThrow(RangeError);
    await app.get(Accessors).append();
    const text = await page();
    const counted = text.split('\n').filter((it) => /_count\{.*operation="append"/.test(it));
    expect(counted.filter((it) => it.includes('outcome="success"'))).toEqual([
      expect.stringMatching(/ 2$/),
    ]);
    expect(counted.filter((it) => it.includes('outcome="failure"'))).toEqual([
      expect.stringMatching(/ 1$/),
    ]);
  });

  it('An arrow function in place of the method of a handler of CQRS counts once', async () => {
    class Pay {}
    class Handling {
      async execute(_message: Pay): Promise<string> {
        throw new TypeError('broken');
      }
    }
    @CommandHandler(Pay)
    class Payments extends Handling {
      override execute = async (message: Pay): Promise<string> =>
        super.execute(message).catch(() => 'handled');
    }
    const { app, of } = await start([Payments], [CqrsModule.forRoot()]);
    expect(await app.get(CommandBus).execute(new Pay())).toBe('handled');
    expect(await of('Pay')).toEqual({ total: 1, errors: 0, concurrent: 0 });
  });

  it.each([
    ['a frozen result of a factory', (orders: object) => Object.freeze(orders)],
    [
      'a result of a factory with a fixed property',
      (orders: object) =>
        Object.defineProperty(orders, 'place', { writable: false, configurable: false }),
    ],
  ])(
    'One warning and the diagnosis name the function of %s that is not observed',
    async (_, freeze) => {
      class Arrows extends Orders {
        override place = async (): Promise<string> => 'arrow';
      }
      const warn = vi.spyOn(Logger.prototype, 'warn');
      onTestFinished(() => warn.mockRestore());
      const factory = (token: string) => ({
        provide: token,
        useFactory: () => freeze(new Arrows()),
      });
      const { app, service, of } = await start([factory('one'), factory('other')]);
      expect(await app.get<Arrows>('one').place()).toBe('arrow');
      await expect(app.get<Arrows>('one').append(true)).rejects.toThrow('broken');
      expect(await of('PlaceOrder')).toEqual({ total: 0, errors: 0, concurrent: 0 });
      const warnings = warn.mock.calls.map(String).filter((it) => it.includes('Not observed'));
      expect(warnings).toEqual([expect.stringContaining('Arrows.place')]);
      expect(service.diagnose().hints).toEqual([
        expect.stringContaining('Arrows.place: a function'),
      ]);
    },
  );

  it('One warning names the override of a frozen class, and its call of super is counted', async () => {
    class Frozen extends Orders {
      override async place(fails = false): Promise<string> {
        return super.place(fails);
      }
    }
    Object.freeze(Frozen.prototype);
    const warn = vi.spyOn(Logger.prototype, 'warn');
    onTestFinished(() => warn.mockRestore());
    const { app, of } = await start([Frozen]);
    await app.get(Frozen).place();
    expect(await of('PlaceOrder')).toEqual({ total: 1, errors: 0, concurrent: 0 });
    const warnings = warn.mock.calls.map(String).filter((it) => it.includes('Not observed'));
    expect(warnings).toEqual([expect.stringContaining('Frozen.place (the class is frozen)')]);
  });
});
