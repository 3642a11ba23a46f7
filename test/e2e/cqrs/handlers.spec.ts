import { BadRequestException, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import {
  AsyncContext,
  Command as CqrsCommand,
  CommandBus,
  CommandHandler,
  CommandHandlerNotFoundException,
  CqrsModule,
  EventBus,
  EventPublisher,
  AggregateRoot,
  EventsHandler,
  QueryBus,
  QueryHandler,
  QueryHandlerNotFoundException,
  UnhandledExceptionBus,
} from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { lastValueFrom, Observable, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule, Projection, Query } from '../../../lib/index.js';
import { applied, commands, create, series, start } from '../handlers/application.js';

class Ping {
  constructor(readonly text = 'ping') {}
}
class Find {}
class Happened {
  constructor(readonly what = 'something') {}
}
class HappenedToo {}
const HappenedAbstractly = class extends Happened {};

const events = (app: Parameters<typeof series>[0]) => applied(app);
const projectionErrors = (app: Parameters<typeof series>[0]) =>
  series(app, 'eventcore_projection_errors_total');
const queries = (app: Parameters<typeof series>[0]) => series(app, 'eventcore_queries_total');
const failures = (app: Parameters<typeof series>[0]) =>
  series(app, 'eventcore_command_errors_total');

@CommandHandler(Ping)
class PingHandler {
  async execute({ text }: Ping): Promise<string> {
    if (text === 'fail') throw new Error('failed');
    if (text === 'reject') throw new BadRequestException();
    return `${text} pong`;
  }
}

const imports = [CqrsModule.forRoot({})];

describe('a command handler', () => {
  it('A command handler is counted under the class of its command, with the outcome that it had', async () => {
    const app = await start({ imports, providers: [PingHandler] });
    const bus = app.get(CommandBus);
    expect(commands(app)).toEqual({ Ping: 0 });
    await expect(bus.execute(new Ping())).resolves.toBe('ping pong');
    await expect(bus.execute(new Ping('fail'))).rejects.toThrow(new Error('failed'));
    await expect(bus.execute(new Ping('reject'))).rejects.toThrow(BadRequestException);
    expect(commands(app)).toEqual({ Ping: 3 });
    expect(failures(app)).toEqual({ Ping: 1 });
    expect(series(app, 'eventcore_commands_rejected_total')).toEqual({ Ping: 1 });
  });

  it('A command handler is named after its command whatever its parameter is declared as', async () => {
    @CommandHandler(Ping)
    class Handler {
      async execute(_anything: object): Promise<void> {}
    }
    const app = await start({ imports, providers: [Handler] });
    await app.get(CommandBus).execute(new Ping());
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('A command handler may handle a command that carries its result type and an id', async () => {
    class Typed extends CqrsCommand<number> {
      readonly id = '7b0c';
    }
    @CommandHandler(Typed)
    class Handler {
      async execute(): Promise<number> {
        return 42;
      }
    }
    const app = await start({ imports, providers: [Handler] });
    expect(await app.get(CommandBus).execute(new Typed())).toBe(42);
    expect(commands(app)).toEqual({ Typed: 1 });
  });

  it('A command handler may answer at once', async () => {
    @CommandHandler(Ping)
    class Handler {
      execute({ text }: Ping): string {
        if (text === 'fail') throw new Error('at once');
        return text;
      }
    }
    const app = await start({ imports, providers: [Handler] });
    const bus = app.get(CommandBus);
    expect(bus.execute(new Ping()) as unknown).toBe('ping');
    expect(() => bus.execute(new Ping('fail'))).toThrow('at once');
    expect([commands(app), failures(app)]).toEqual([{ Ping: 2 }, { Ping: 1 }]);
  });

  it('A command handler may return an Observable, counted for each subscription', async () => {
    @CommandHandler(Ping)
    class Handler {
      execute({ text }: Ping): Observable<string> {
        return of(text, 'pong');
      }
    }
    const app = await start({ imports, providers: [Handler] });
    const answer = (await app.get(CommandBus).execute(new Ping())) as Observable<string>;
    expect(answer).toBeInstanceOf(Observable);
    expect(commands(app)).toEqual({ Ping: 0 });
    expect(await lastValueFrom(answer)).toBe('pong');
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('A command handler gets the command that the bus was given, and the caller the promise of its result', async () => {
    const seen: unknown[] = [];
    @CommandHandler(Ping)
    class Handler {
      async execute(...args: unknown[]): Promise<object> {
        seen.push(this, ...args);
        return seen;
      }
    }
    const app = await start({ imports, providers: [Handler] });
    const ping = new Ping();
    expect(await app.get(CommandBus).execute(ping)).toBe(seen);
    expect(seen).toEqual([app.get(Handler), ping]);
    expect(seen[1]).toBe(ping);
  });
});

describe('a query handler', () => {
  it('A query handler is counted under the class of its query', async () => {
    @QueryHandler(Find)
    class Handler {
      async execute(): Promise<string> {
        return 'found';
      }
    }
    const app = await start({ imports, providers: [Handler] });
    expect(queries(app)).toEqual({ Find: 0 });
    expect(await app.get(QueryBus).execute(new Find())).toBe('found');
    expect(queries(app)).toEqual({ Find: 1 });
  });
});

describe('an event handler', () => {
  const handled: string[] = [];

  @EventsHandler(Happened, HappenedToo)
  class Both {
    handle(event: object): void {
      handled.push(event.constructor.name);
    }
  }

  @EventsHandler(Happened)
  class Failing {
    handle({ what }: Happened): Promise<void> {
      if (what === 'at once') throw new Error(what);
      return Promise.reject(new Error(what));
    }
  }

  it('An event handler is a projection of its own name, for every event it handles', async () => {
    @EventsHandler(Happened)
    class Other {
      async handle(): Promise<void> {}
    }
    const app = await start({ imports, providers: [Both, Other] });
    app.get(EventBus).publishAll([new Happened(), new HappenedToo(), new Happened()]);
    await vi.waitFor(() => expect(events(app)).toEqual({ 'Both live': 3, 'Other live': 2 }));
  });

  it('An event handler handles events of an aggregate', async () => {
    class Account extends AggregateRoot {}
    const app = await start({ imports, providers: [Both] });
    const account = app.get(EventPublisher).mergeObjectContext(new Account());
    account.apply(new Happened());
    account.apply(new HappenedToo());
    expect(events(app)).toEqual({ 'Both live': 0 });
    account.commit();
    expect(events(app)).toEqual({ 'Both live': 2 });
    const AccountOfClass = app.get(EventPublisher).mergeClassContext(Account);
    const other = new AccountOfClass();
    other.autoCommit = true;
    other.apply(new Happened());
    expect(events(app)).toEqual({ 'Both live': 3 });
  });

  it.each(['at once', 'later'])(
    'An event handler that fails %s is an error once, and the bus of unhandled errors sees it',
    async (when) => {
      const app = await start({ imports, providers: [Failing, Both] });
      const unhandled: unknown[] = [];
      app.get(UnhandledExceptionBus).subscribe((it) => unhandled.push(it));
      const event = new Happened(when);
      app.get(EventBus).publish(event);
      await vi.waitFor(() => expect(unhandled).toHaveLength(1));
      expect(unhandled).toEqual([{ cause: event, exception: new Error(when) }]);
      expect(projectionErrors(app)).toEqual({ Failing: 1, Both: 0 });
      expect(series(app, 'eventcore_errors_total')).toEqual({ 'projection Error permanent': 1 });
    },
  );

  it('An event handler that fails ends the process as before with rethrowUnhandled', async () => {
    const rethrown = new Promise<unknown>((resolve) => {
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const listener of listeners) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    const rethrowing = CqrsModule.forRoot({ rethrowUnhandled: true });
    const app = await start({ imports: [rethrowing], providers: [Failing] });
    app.get(EventBus).publish(new Happened('rethrown'));
    expect(await rethrown).toEqual(new Error('rethrown'));
    expect(projectionErrors(app)).toEqual({ Failing: 1 });
  });

  it('An event handler may be reached through a publisher of the application', async () => {
    const queue: object[] = [];
    const eventPublisher = { publish: (event: object) => void queue.push(event) };
    const published: object[] = [];
    const commandPublisher = { publish: (command: object) => void published.push(command) };
    const custom = CqrsModule.forRoot({
      eventPublisher: eventPublisher as never,
      commandPublisher: commandPublisher as never,
    });
    const app = await start({ imports: [custom], providers: [Both, PingHandler] });
    const bus = app.get(EventBus);
    bus.publish(new Happened());
    expect([queue.length, events(app)]).toEqual([1, { 'Both live': 0 }]);
    bus.subject$.next(queue[0] as object);
    expect(events(app)).toEqual({ 'Both live': 1 });
    await app.get(CommandBus).execute(new Ping());
    expect([published, commands(app)]).toEqual([[new Ping()], { Ping: 1 }]);
  });

  it('An event handler may handle every event by an id provider of the application', async () => {
    const all = CqrsModule.forRoot({ eventIdProvider: { getEventId: () => null as never } });
    const app = await start({ imports: [all], providers: [Both] });
    app.get(EventBus).publish(new HappenedAbstractly());
    expect(events(app)).toEqual({ 'Both live': 2 });
  });
});

describe('a message without a handler', () => {
  class Unregistered {}
  @CommandHandler(Unregistered)
  class NotProvided {}
  class UnregisteredQuery {}
  @QueryHandler(UnregisteredQuery)
  class QueryNotProvided {}
  class Unknown {}
  void [NotProvided, QueryNotProvided];

  it.each([
    ['whose class has one elsewhere', Unregistered],
    ['whose class has none', Unknown],
  ])(
    'A message without a handler fails once as a command %s, with the error of the bus',
    async (_, Message) => {
      const bare = await Test.createTestingModule({ imports }).compile();
      await bare.init();
      const app = await start({ imports });
      const errorOf = (bus: CommandBus): Error => {
        try {
          void bus.execute(new Message());
        } catch (error) {
          return error as Error;
        }
        throw new Error('nothing was thrown');
      };
      const error = errorOf(app.get(CommandBus));
      expect(error).toBeInstanceOf(CommandHandlerNotFoundException);
      expect(error).toStrictEqual(errorOf(bare.get(CommandBus)));
      expect([commands(app), failures(app)]).toEqual([
        { [Message.name]: 1 },
        { [Message.name]: 1 },
      ]);
      expect(series(app, 'eventcore_errors_total')).toEqual({
        'command CommandHandlerNotFoundException permanent': 1,
      });
      await bare.close();
    },
  );

  it.each([UnregisteredQuery, Unknown])(
    'A message without a handler fails once as a query',
    async (Message) => {
      const app = await start({ imports });
      await expect(app.get(QueryBus).execute(new Message())).rejects.toThrow(
        QueryHandlerNotFoundException,
      );
      expect(queries(app)).toEqual({ [Message.name]: 1 });
      expect(series(app, 'eventcore_query_errors_total')).toEqual({ [Message.name]: 1 });
    },
  );

  it('A message without a handler is an error of the command that sent it, too', async () => {
    @CommandHandler(Ping)
    class Handler {
      constructor(readonly bus: CommandBus) {}
      execute(): unknown {
        return this.bus.execute(new Unknown());
      }
    }
    const app = await start({ imports, providers: [Handler] });
    expect(() => void app.get(CommandBus).execute(new Ping())).toThrow(
      CommandHandlerNotFoundException,
    );
    expect(failures(app)).toEqual({ Ping: 1, Unknown: 1 });
  });

  it('A message without a handler is left to the bus when it is no message', async () => {
    const app = await start({ imports });
    expect(() => void app.get(CommandBus).execute(null as never)).toThrow(TypeError);
    expect(commands(app)).toEqual({});
  });
});

describe('a decorator of this library on a handler', () => {
  it('A decorator of this library on a handler gives the name and the options, and counts once', async () => {
    @CommandHandler(Ping)
    class Handler {
      @Command({ name: 'ping', events: () => 3 })
      async execute(): Promise<void> {}
    }
    @QueryHandler(Find)
    class FindHandler {
      @Query('find')
      async execute(): Promise<void> {}
    }
    @EventsHandler(Happened)
    class Revenue {
      @Projection('revenue')
      async handle(): Promise<void> {}
    }
    const app = await start({ imports, providers: [Handler, FindHandler, Revenue] });
    await app.get(CommandBus).execute(new Ping());
    await app.get(QueryBus).execute(new Find());
    app.get(EventBus).publish(new Happened());
    await vi.waitFor(() => expect(events(app)).toEqual({ 'revenue live': 1 }));
    expect([commands(app), queries(app)]).toEqual([{ ping: 1 }, { find: 1 }]);
    expect(series(app, 'eventcore_command_events')).toEqual({ ping: 1 });
  });

  it('A decorator of this library on a handler without a name has that of the command', async () => {
    @CommandHandler(Ping)
    class Handler {
      @Command()
      async execute(_anything: object): Promise<void> {}
    }
    const app = await start({ imports, providers: [Handler] });
    await app.get(CommandBus).execute(new Ping());
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('A decorator of this library on a handler on the methods that the handler calls leaves the counting to them', async () => {
    @EventsHandler(Happened)
    class Revenue {
      async handle(): Promise<void> {
        await this.happened();
      }
      @Projection()
      async happened(): Promise<void> {}
    }
    const app = await start({ imports, providers: [Revenue] });
    app.get(EventBus).publish(new Happened());
    await vi.waitFor(() => expect(events(app)).toEqual({ 'Revenue live': 1 }));
  });

  it('A decorator of this library on a handler on the method of a base class counts an override once, by its options', async () => {
    class Base {
      @Command({ events: () => 2 })
      async execute(_message: object): Promise<void> {}
    }
    @CommandHandler(Ping)
    class Calling extends Base {
      override async execute(it: object): Promise<void> {
        await super.execute(it);
      }
    }
    class Pong {}
    @CommandHandler(Pong)
    class NotCalling extends Base {
      override async execute(): Promise<void> {}
    }
    const app = await start({ imports, providers: [Calling, NotCalling] });
    await app.get(CommandBus).execute(new Ping());
    await app.get(CommandBus).execute(new Pong());
    expect(commands(app)).toEqual({ Ping: 1, Pong: 1 });
    expect(series(app, 'eventcore_command_events')).toEqual({ Ping: 1, Pong: 1 });
  });
});

describe('a handler that inherits', () => {
  class Pong {}
  class Generic {
    async execute(): Promise<string> {
      return this.constructor.name;
    }
  }
  @CommandHandler(Ping)
  class ForPing extends Generic {}
  @CommandHandler(Pong)
  class ForPong extends Generic {
    override async execute(): Promise<string> {
      return `overridden ${await super.execute()}`;
    }
  }

  it('A handler that inherits its method is counted for what itself handles, and an override once', async () => {
    const app = await start({ imports, providers: [ForPing, ForPong] });
    expect(await app.get(CommandBus).execute(new Ping())).toBe('ForPing');
    expect(await app.get(CommandBus).execute(new Pong())).toBe('overridden ForPong');
    expect(commands(app)).toEqual({ Ping: 1, Pong: 1 });
  });
});

describe('a handler of two modules', () => {
  it('A handler of two modules is one handler, and each of its instances counts what it handles', async () => {
    @EventsHandler(Happened)
    class Twice {
      async handle(): Promise<void> {}
    }
    @Module({ imports, providers: [PingHandler, Twice] })
    class One {}
    @Module({ imports, providers: [PingHandler, Twice] })
    class Other {}
    const app = await start({ imports: [One, Other] });
    await app.get(CommandBus, { strict: false }).execute(new Ping());
    app.get(EventBus, { strict: false }).publish(new Happened());
    await vi.waitFor(() => expect(events(app)).toEqual({ 'Twice live': 2 }));
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('A handler of two modules may have the name of a handler in another one', async () => {
    const handlerNamed = (name: string) => {
      const Handler = { [name]: class {} }[name] as new () => object;
      Object.assign(Handler.prototype, { handle: async () => undefined });
      EventsHandler(Happened)(Handler);
      return Handler;
    };
    const app = await start({ imports, providers: [handlerNamed('A'), handlerNamed('A')] });
    app.get(EventBus).publish(new Happened());
    await vi.waitFor(() => expect(events(app)).toEqual({ 'A live': 2 }));
  });
});

describe('a handler that Nest did not construct', () => {
  it('A handler that Nest did not construct is counted when a factory made it', async () => {
    const factory = { provide: 'ping', useFactory: () => new PingHandler() };
    const alias = { provide: 'alias', useExisting: PingHandler };
    const app = await start({ imports, providers: [{ ...factory, provide: PingHandler }, alias] });
    await app.get(CommandBus).execute(new Ping());
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it.each([
    ['a class', 'useClass'],
    ['a factory', 'useFactory'],
  ] as const)(
    'A handler that Nest did not construct is counted when a test replaced it by %s',
    async (_, by) => {
      class Fake extends PingHandler {
        override async execute(): Promise<string> {
          return 'fake';
        }
      }
      const testing = Test.createTestingModule({
        imports: [...imports, ObservabilityModule.forRoot({ health: false })],
        providers: [PingHandler],
      });
      const replaced = testing.overrideProvider(PingHandler);
      const compiling =
        by === 'useClass'
          ? replaced.useClass(Fake)
          : replaced.useFactory({ factory: () => new Fake() });
      const app = (await compiling.compile()).createNestApplication({ logger: false });
      await app.init();
      expect(await app.get(CommandBus).execute(new Ping())).toBe('fake');
      expect(commands(app)).toEqual({ Ping: 1 });
      await app.close();
    },
  );
});

describe('a handler that is made for each command', () => {
  let made = 0;

  @CommandHandler(Ping, { scope: Scope.REQUEST })
  class Scoped {
    readonly number = ++made;
    constructor(@Inject(REQUEST) readonly context: unknown) {}
    async execute({ text }: Ping): Promise<unknown> {
      await Promise.resolve();
      if (text === 'fail') throw new Error('failed');
      return this.context;
    }
  }

  @EventsHandler(Happened, { scope: Scope.REQUEST })
  class ScopedEvents {
    async handle(): Promise<void> {}
  }

  @QueryHandler(Find, { scope: Scope.REQUEST })
  class ScopedQueries {
    async execute(): Promise<string> {
      return 'found';
    }
  }

  it('A handler that is made for each command is counted, 100 at a time', async () => {
    const app = await start({ imports, providers: [Scoped, ScopedEvents, ScopedQueries] });
    const before = made;
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const answer = app.get(CommandBus).execute(new Ping(i < 10 ? 'fail' : 'ping'));
        app.get(EventBus).publish(new Happened());
        await app.get(QueryBus).execute(new Find());
        await answer.catch(() => undefined);
      }),
    );
    expect(made - before).toBe(100);
    expect([commands(app), failures(app)]).toEqual([{ Ping: 100 }, { Ping: 10 }]);
    expect([queries(app), events(app)]).toEqual([{ Find: 100 }, { 'ScopedEvents live': 100 }]);
    expect(series(app, 'eventcore_commands_concurrent')).toEqual({ Ping: 0 });
  });

  it('A handler that is made for each command finds the context that the caller attached', async () => {
    const app = await start({ imports, providers: [Scoped] });
    const context = new AsyncContext();
    expect(await app.get(CommandBus).execute(new Ping(), context)).toBe(context);
    const attached = new Ping();
    context.attachTo(attached);
    await app.get(CommandBus).execute(attached);
    expect(commands(app)).toEqual({ Ping: 2 });
  });

  it('A handler that is made for each command is counted when a dependency makes it so', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Dependency {}
    @CommandHandler(Ping)
    class Handler {
      @Inject(Dependency) readonly dependency: Dependency | undefined;
      async execute(): Promise<boolean> {
        return this.dependency instanceof Dependency;
      }
    }
    const app = await start({ imports, providers: [Handler, Dependency] });
    expect(await app.get(CommandBus).execute(new Ping())).toBe(true);
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('A handler that is made for each command is counted when a test replaced it by a class', async () => {
    @CommandHandler(Ping, { scope: Scope.REQUEST })
    class Fake {
      async execute(): Promise<string> {
        return 'fake';
      }
    }
    const testing = Test.createTestingModule({
      imports: [...imports, ObservabilityModule.forRoot({ health: false })],
      providers: [{ provide: Fake, useClass: Scoped }],
    });
    const compiled = await testing.overrideProvider(Fake).useClass(Fake).compile();
    const app = compiled.createNestApplication({ logger: false });
    await app.init();
    expect(await app.get(CommandBus).execute(new Ping())).toBe('fake');
    expect(commands(app)).toEqual({ Ping: 1 });
    await app.close();
  });

  it('A handler that is made for each command is counted when it lives as long as its tenant', async () => {
    let instances = 0;
    @CommandHandler(Ping, { scope: Scope.REQUEST, durable: true })
    class Durable {
      readonly number = ++instances;
      async execute(): Promise<number> {
        return this.number;
      }
    }
    const app = await start({ imports, providers: [Durable] });
    const tenant = ContextIdFactory.create();
    const context = () => {
      const of = new AsyncContext();
      of.id.getParent = ({ isTreeDurable }) => (isTreeDurable ? tenant : of.id);
      return of;
    };
    const bus = app.get(CommandBus);
    expect(await bus.execute(new Ping(), context())).toBe(1);
    expect(await bus.execute(new Ping(), context())).toBe(1);
    expect(commands(app)).toEqual({ Ping: 2 });
  });
});

describe('a transient handler', () => {
  it('A transient handler is counted', async () => {
    @CommandHandler(Ping, { scope: Scope.TRANSIENT })
    class Handler {
      async execute(): Promise<string> {
        return 'pong';
      }
    }
    const app = await start({ imports, providers: [Handler] });
    expect(await app.get(CommandBus).execute(new Ping())).toBe('pong');
    expect(commands(app)).toEqual({ Ping: 1 });
  });
});

describe('the buses of an application', () => {
  it('The buses of an application may be mocks of a test, which stay as they are', async () => {
    class Caller {
      constructor(@Inject(CommandBus) readonly commands: CommandBus) {}
    }
    const execute = vi.fn<() => string>(() => 'mocked');
    const mock = { execute };
    const app = await start({ providers: [Caller, { provide: CommandBus, useValue: mock }] });
    expect(app.get(Caller).commands.execute(new Ping())).toBe('mocked');
    expect(Object.getOwnPropertyDescriptors(mock)).toMatchObject({ execute: { value: execute } });
  });

  it('The buses of an application may be several', async () => {
    @EventsHandler(Happened)
    class Listening {
      async handle(): Promise<void> {}
    }
    @Module({ imports: [CqrsModule], providers: [PingHandler, Listening] })
    class Feature {}
    const app = await start({ imports: [CqrsModule.forRoot({}), Feature] });
    await app.get(CommandBus, { strict: false }).execute(new Ping());
    app.get(EventBus, { strict: false }).publish(new Happened());
    await vi.waitFor(() => expect(events(app)).toEqual({ 'Listening live': 1 }));
    expect(commands(app)).toEqual({ Ping: 1 });
  });

  it('The buses of an application may be classes that extend those of the package', async () => {
    class OwnBus extends CommandBus {
      override execute(command: object): never {
        return super.execute(command) as never;
      }
    }
    const testing = Test.createTestingModule({
      imports: [...imports, ObservabilityModule.forRoot({ health: false })],
      providers: [PingHandler],
    });
    const compiled = await testing.overrideProvider(CommandBus).useClass(OwnBus).compile();
    const app = compiled.createNestApplication({ logger: false });
    await app.init();
    await app.get(CommandBus).execute(new Ping());
    class Nowhere {}
    expect(() => void app.get(CommandBus).execute(new Nowhere())).toThrow('"Nowhere"');
    expect(commands(app)).toEqual({ Ping: 1, Nowhere: 1 });
    await app.close();
  });
});

describe('a handler whose method is a property', () => {
  it('A handler whose method is a property is counted, and still is the function that a test put there', async () => {
    @CommandHandler(Ping)
    class Handler {
      readonly pong = 'pong';
      execute = async (): Promise<string> => this.pong;
    }
    @EventsHandler(Happened)
    class Spying {
      handle = vi.fn<(event: Happened) => void>();
    }
    const app = await start({ imports, providers: [Handler, Spying] });
    expect(await app.get(CommandBus).execute(new Ping())).toBe('pong');
    app.get(EventBus).publish(new Happened());
    expect(app.get(Spying).handle).toHaveBeenCalledExactlyOnceWith(new Happened());
    expect([commands(app), events(app)]).toEqual([{ Ping: 1 }, { 'Spying live': 1 }]);
  });

  it('A handler whose method is a property is counted by each application that makes one', async () => {
    @CommandHandler(Ping)
    class Handler {
      execute = async (): Promise<string> => 'pong';
    }
    for (let i = 0; i < 2; i++) {
      const app = await start({ imports, providers: [Handler] });
      await app.get(CommandBus).execute(new Ping());
      expect(commands(app)).toEqual({ Ping: 1 });
    }
  });
});

describe('a handler class that cannot be observed', () => {
  it('A handler class that cannot be observed is left to the package: without the method it does not start', async () => {
    @CommandHandler(Ping)
    class Handler {}
    const app = await create({ imports, providers: [Handler as never] });
    await expect(app.init()).rejects.toThrow('An invalid command handler');
  });

  it('A handler class that cannot be observed works unobserved when its prototype is frozen', async () => {
    @CommandHandler(Ping)
    class Handler {
      async execute(): Promise<string> {
        return 'pong';
      }
    }
    Object.freeze(Handler.prototype);
    const app = await start({ imports, providers: [Handler, PingHandler] });
    expect(await app.get(CommandBus).execute(new Ping())).toBe('ping pong');
    expect(series(app, 'eventcore_observability_errors_total')).toMatchObject({ cqrs: 1 });
  });
});
