import { Injectable, Logger, type Provider, Scope } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Command,
  EventStoreOperation,
  ObservabilityModule,
  Projection,
} from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

class Ship {
  constructor(readonly fails = false) {}
}

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(fails = false): Promise<string> {
    if (fails) throw new TypeError('broken');
    return 'placed';
  }

  @Command()
  async ship(order: Ship): Promise<string> {
    if (order.fails) throw new TypeError('broken');
    return 'shipped';
  }

  @Command()
  cancel(): string {
    return 'cancelled';
  }

  @EventStoreOperation('append')
  async append(): Promise<void> {
    throw new Error('broken');
  }
}

@Injectable()
class Replacing extends Orders {
  override async place(fails = false): Promise<string> {
    if (fails) throw new RangeError('broken too');
    return 'replaced';
  }

  override async ship(): Promise<string> {
    return 'replaced';
  }

  override cancel(): string {
    return `not ${super.cancel()}`;
  }

  override async append(): Promise<void> {}
}

@Injectable()
class Handling extends Orders {
  override async place(fails = false): Promise<string> {
    return super.place(fails).catch(() => 'handled');
  }

  override async ship(order: Ship): Promise<string> {
    try {
      return await super.ship(order);
    } catch {
      return 'handled';
    }
  }
}

@Injectable()
class Translating extends Handling {
  override async place(fails = false): Promise<string> {
    const placed = await super.place(fails);
    if (placed === 'handled') throw new RangeError('translated');
    return placed;
  }
}

@Injectable()
class Inheriting extends Handling {}

async function start(...providers: Provider[]) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ health: false })],
    providers,
  });
  onTestFinished(() => application.close());
  const { app } = application;
  const of = async (command_type: string) => {
    const { text } = await application.get('/metrics');
    const labels = { command_type };
    return {
      total: sampleOf(text, 'eventcore_commands_total', labels),
      errors: sampleOf(text, 'eventcore_command_errors_total', labels),
      concurrent: sampleOf(text, 'eventcore_commands_concurrent', labels),
    };
  };
  const page = async () => (await application.get('/metrics')).text;
  return { app, of, page };
}

describe('a subclass that overrides a decorated method', () => {
  it('An override without super is observed under the name of the decorated method', async () => {
    const { app, of } = await start(Replacing);
    const orders = app.get(Replacing);
    expect(await of('PlaceOrder')).toEqual({ total: 0, errors: 0, concurrent: 0 });
    expect(await orders.place()).toBe('replaced');
    await expect(orders.place(true)).rejects.toThrow(RangeError);
    expect(await of('PlaceOrder')).toEqual({ total: 2, errors: 1, concurrent: 0 });
  });

  it('An override keeps the name that the decorated method has from its parameter', async () => {
    const { app, of } = await start(Replacing);
    await app.get(Replacing).ship();
    expect(await of('Ship')).toEqual({ total: 1, errors: 0, concurrent: 0 });
  });

  it('An override of a method without a name reports under the class that has it, once with its call of super', async () => {
    const { app, of } = await start(Replacing);
    expect(app.get(Replacing).cancel()).toBe('not cancelled');
    expect(await of('Replacing.cancel')).toEqual({ total: 1, errors: 0, concurrent: 0 });
    expect(await of('Orders.cancel')).toMatchObject({ total: undefined });
  });

  it.each([
    ['an instance of Nest', Handling as Provider],
    ['a value', { provide: Handling, useValue: new Handling() }],
    ['a class that inherits the override', { provide: Handling, useClass: Inheriting }],
  ])('An override that handles the error of super is a success of %s', async (_, provider) => {
    const { app, of } = await start(provider);
    const orders = app.get(Handling);
    expect(await orders.place(true)).toBe('handled');
    expect(await orders.ship(new Ship(true))).toBe('handled');
    expect(await orders.place()).toBe('placed');
    expect(await of('PlaceOrder')).toEqual({ total: 2, errors: 0, concurrent: 0 });
    expect(await of('Ship')).toEqual({ total: 1, errors: 0, concurrent: 0 });
  });

  it('An override of an override counts once, with the error that the caller receives', async () => {
    const { app, of, page } = await start(Translating);
    await expect(app.get(Translating).place(true)).rejects.toThrow('translated');
    await app.get(Translating).place();
    expect(await of('PlaceOrder')).toEqual({ total: 2, errors: 1, concurrent: 0 });
    expect(await page()).toMatch(/errors_total\{.*error_type="RangeError".*\} 1/);
  });

  it('An override counts for its own class in each of two applications, beside the decorated class', async () => {
    for (let i = 0; i < 2; i++) {
      const { app, of } = await start(Orders);
      await expect(app.get(Orders).place(true)).rejects.toThrow('broken');
      expect(await of('PlaceOrder')).toEqual({ total: 1, errors: 1, concurrent: 0 });
      const other = await start(Handling);
      await other.app.get(Handling).place(true);
      expect(await other.of('PlaceOrder')).toEqual({ total: 1, errors: 0, concurrent: 0 });
    }
  });

  it('An override of a projection and of an event-store operation is observed like the decorated method', async () => {
    @Injectable()
    class Totals {
      @Projection('totals')
      async applied(): Promise<void> {
        throw new Error('broken');
      }
    }
    @Injectable()
    class SafeTotals extends Totals {
      override async applied(): Promise<void> {
        await super.applied().catch(() => undefined);
      }
    }
    const { app, page } = await start(SafeTotals, Replacing);
    await app.get(SafeTotals).applied();
    await app.get(Replacing).append();
    const text = await page();
    const applied = { projection_name: 'totals', mode: 'live' };
    expect(sampleOf(text, 'eventcore_projection_events_processed_total', applied)).toBe(1);
    expect(sampleOf(text, 'eventcore_projection_errors_total', { projection_name: 'totals' })).toBe(
      0,
    );
    expect(text).toMatch(/event_store_\w+\{.*operation="append".*outcome="success".*\} 1/);
  });

  it.each<[string, Scope | undefined]>([
    ['a singleton', undefined],
    ['a request-scoped provider', Scope.REQUEST],
    ['a transient provider', Scope.TRANSIENT],
  ])(
    'A function in a property or accessor is observed like an override in %s',
    async (_, scope) => {
      @Injectable({ ...(scope !== undefined && { scope }) })
      class Fields extends Orders {
        override place = async (fails = false): Promise<string> => {
          if (fails) return super.place(true).catch(() => 'handled');
          throw new RangeError('broken too');
        };

        constructor() {
          super();
          this.ship = async () => 'assigned';
        }

        // @ts-expect-error TypeScript refuses what JavaScript allows.
        override get cancel() {
          return () => `not ${super.cancel()}`;
        }
      }
      const { app, of } = await start({
        provide: Fields,
        useClass: Fields,
        ...(scope !== undefined && { scope }),
      } as Provider);
      for (let i = 0; i < 2; i++) {
        const orders = await (scope === undefined ? app.get(Fields) : app.resolve(Fields));
        expect(await orders.place(true)).toBe('handled');
        await expect(orders.place()).rejects.toThrow(RangeError);
        expect(await orders.ship(new Ship())).toBe('assigned');
        expect(orders.cancel()).toBe('not cancelled');
      }
      expect(await of('PlaceOrder')).toEqual({ total: 4, errors: 2, concurrent: 0 });
      expect(await of('Ship')).toEqual({ total: 2, errors: 0, concurrent: 0 });
      expect(await of('Fields.cancel')).toEqual({ total: 2, errors: 0, concurrent: 0 });
    },
  );
});
