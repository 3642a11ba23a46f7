import { Module } from '@nestjs/common';
import { CommandBus, CommandHandler, CqrsModule, EventBus, EventsHandler } from '@nestjs/cqrs';
import { QueryBus, QueryHandler } from '@nestjs/cqrs';
import { describe, expect, it, vi } from 'vitest';
import { Command, type CqrsOptions } from '../../../lib/index.js';
import { applied, commands, create, series, start } from '../handlers/application.js';

class Place {}
class Ship {}
class Find {}
class OrderEvent {}
class Placed extends OrderEvent {}
class Shipped extends OrderEvent {}
class Paid {}

@CommandHandler(Place)
class PlaceHandler {
  async execute(): Promise<void> {}
}
@CommandHandler(Ship)
class ShipHandler {
  async execute(): Promise<void> {}
}
@QueryHandler(Find)
class FindHandler {
  async execute(): Promise<string> {
    return 'found';
  }
}
@EventsHandler(Placed, Shipped)
class Orders {
  async handle(): Promise<void> {}
}
@EventsHandler(Shipped, Paid)
class Mails {
  async handle(): Promise<void> {}
}

const metadata = {
  imports: [CqrsModule.forRoot({})],
  providers: [PlaceHandler, ShipHandler, FindHandler, Orders, Mails],
};

async function observed(cqrs: CqrsOptions | false) {
  const app = await start(metadata, { cqrs });
  return {
    commands: Object.keys(commands(app)),
    queries: Object.keys(series(app, 'eventcore_queries_total')),
    projections: Object.keys(series(app, 'eventcore_projection_errors_total')),
  };
}

const ALL = { commands: ['Place', 'Ship'], queries: ['Find'], projections: ['Orders', 'Mails'] };

describe('the option cqrs', () => {
  it.each<[string, CqrsOptions | false, Partial<typeof ALL>]>([
    ['left empty, observes all', {}, {}],
    ['false, observes nothing', false, { commands: [], queries: [], projections: [] }],
    [
      'including a command',
      { include: [Place] },
      { commands: ['Place'], queries: [], projections: [] },
    ],
    [
      'including names of a handler and a query',
      { include: ['ShipHandler', 'Find'] },
      { commands: ['Ship'], projections: [] },
    ],
    [
      'including one of two events',
      { include: [Paid] },
      { commands: [], queries: [], projections: ['Mails'] },
    ],
    ['including nothing', { include: [] }, { commands: [], queries: [], projections: [] }],
    ['excluding a command', { exclude: [Place] }, { commands: ['Ship'] }],
    ['excluding names', { exclude: ['PlaceHandler', 'Find'] }, { commands: ['Ship'], queries: [] }],
    ['excluding one of two events', { exclude: [Shipped] }, {}],
    [
      'excluding all events of a handler',
      { exclude: ['Placed', Shipped] },
      { projections: ['Mails'] },
    ],
    ['excluding what events extend', { exclude: [OrderEvent] }, { projections: ['Mails'] }],
    [
      'excluding what it includes',
      { include: [Place, Ship], exclude: [Ship] },
      { commands: ['Place'], queries: [], projections: [] },
    ],
  ])('The option cqrs %s', async (_, cqrs, differing) => {
    expect(await observed(cqrs)).toEqual({ ...ALL, ...differing });
  });

  it('The option cqrs leaves handlers that are not observed as they are', async () => {
    const app = await start(metadata, { cqrs: { exclude: [Find, Orders] } });
    expect(await app.get(QueryBus).execute(new Find())).toBe('found');
    expect(series(app, 'eventcore_queries_total')).toEqual({});
  });

  it('The option cqrs leaves handlers with a decorator to the decorator', async () => {
    @CommandHandler(Place)
    class Decorated {
      @Command('place')
      async execute(): Promise<void> {}
    }
    const app = await start({ ...metadata, providers: [Decorated] }, { cqrs: false });
    await app.get(CommandBus).execute(new Place());
    expect(commands(app)).toEqual({ place: 1 });
  });

  it.each(['include', 'exclude'])(
    'The option cqrs stops the application for a name that means nothing in %s',
    async (list) => {
      const app = await create(metadata, { cqrs: { [list]: ['Place', 'Plaice'] } });
      await expect(app.init()).rejects.toThrow(
        `OBS_OPTION_INVALID: An option has an invalid value.\n  cqrs.${list} = "Plaice"`,
      );
    },
  );

  it('The option cqrs takes classes that the application has no handler of', async () => {
    class Elsewhere {}
    expect(await observed({ exclude: [Elsewhere] })).toEqual(ALL);
  });

  it('The option cqrs stops the application where a decorator elsewhere gives the same name', async () => {
    class Facade {
      @Command('Place')
      place(): void {}
    }
    const providers = [...metadata.providers, Facade];
    const app = await create({ ...metadata, providers });
    await expect(app.init()).rejects.toThrow(
      /OBS_HANDLER_DUPLICATE[^]*"Place": .*(Facade\.place|PlaceHandler\.execute) and /,
    );
    const shared = await start({ ...metadata, providers }, { cqrs: { exclude: [Place] } });
    expect(commands(shared)).toEqual({ Place: 0, Ship: 0 });
  });

  it('The option cqrs decides on commands without a handler, too', async () => {
    class Nowhere {}
    const app = await start({ imports: metadata.imports }, { cqrs: { exclude: [Nowhere] } });
    expect(() => void app.get(CommandBus).execute(new Nowhere())).toThrow('"Nowhere"');
    expect(commands(app)).toEqual({});
  });

  it('The option cqrs needs no package: an application without it starts', async () => {
    const app = await start({});
    expect(commands(app)).toEqual({});
  });
});

describe('commands without a handler', () => {
  it('Commands without a handler fold into one series beyond the limit', async () => {
    const app = await start({ imports: metadata.imports }, { cardinality: { seriesLimit: 20 } });
    for (let i = 0; i < 100; i++) {
      const Message = { [`Message${i}`]: class {} }[`Message${i}`] as new () => object;
      expect(() => void app.get(CommandBus).execute(new Message())).toThrow(`Message${i}`);
    }
    const counted = commands(app);
    expect(Object.keys(counted).length).toBeLessThanOrEqual(21);
    expect(Object.values(counted).reduce((sum, it) => sum + it, 0)).toBe(100);
  });
});

describe('two applications of one process', () => {
  it('Two applications of one process observe the same handlers each by its own options', async () => {
    const all = await start(metadata);
    const some = await start(metadata, { cqrs: { exclude: [Place, Orders] }, namespace: 'some' });
    const none = await start(metadata, { cqrs: false });
    for (const app of [all, some, none]) {
      await app.get(CommandBus).execute(new Place());
      app.get(EventBus).publish(new Placed());
    }
    await vi.waitFor(() =>
      expect(applied(all)).toEqual({
        'Orders live': 1,
        'Mails live': 0,
      }),
    );
    expect(commands(all)).toEqual({ Place: 1, Ship: 0 });
    expect(series(some, 'some_commands_total')).toEqual({ Ship: 0 });
    expect(applied(some, 'some_projection_events_processed_total')).toEqual({ 'Mails live': 0 });
    expect(commands(none)).toEqual({});
  });

  it('Two applications of one process do not take a decorated base method from each other', async () => {
    class Base {
      @Command()
      async execute(_place: Place): Promise<void> {}
    }
    @CommandHandler(Place)
    class Derived extends Base {
      override async execute(it: Place): Promise<void> {
        await super.execute(it);
      }
    }
    const providers = [Derived];
    const found = await start({ ...metadata, providers });
    const decorated = await start({ ...metadata, providers }, { cqrs: false });
    await decorated.get(CommandBus).execute(new Place());
    expect([commands(found), commands(decorated)]).toEqual([{ Place: 0 }, { Place: 1 }]);
    await found.get(CommandBus).execute(new Place());
    expect([commands(found), commands(decorated)]).toEqual([{ Place: 1 }, { Place: 1 }]);
  });

  it('Two applications of one process may share an instance, one after the other', async () => {
    const shared = new PlaceHandler();
    @Module({
      imports: metadata.imports,
      providers: [{ provide: PlaceHandler, useFactory: () => shared }],
    })
    class Shared {}
    for (let i = 0; i < 3; i++) {
      const app = await start({ imports: [Shared] });
      await app.get(CommandBus, { strict: false }).execute(new Place());
      expect(commands(app)).toEqual({ Place: 1 });
      await app.close();
      await shared.execute();
      expect(commands(app)).toEqual({ Place: 1 });
    }
  });
});
