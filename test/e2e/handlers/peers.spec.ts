import { Injectable, Scope } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { WsAdapter } from '@nestjs/platform-ws';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { trace } from '@opentelemetry/api';
import { Span } from 'nestjs-otel';
import { interval, map, type Observable, take } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Command,
  ObserveCommand,
  ObserveProjection,
  ObserveQuery,
  Query,
} from '../../../lib/index.js';
import { applied, commands, create, series, start } from './application.js';

describe('@OnEvent', () => {
  @Injectable()
  class Listeners {
    readonly heard: unknown[] = [];

    @OnEvent('order.placed')
    @Command('Above')
    above(payload: unknown): void {
      this.heard.push(['above', payload]);
    }

    @Command('Below')
    @OnEvent('order.*')
    @OnEvent('order.paid')
    async below(payload: unknown): Promise<void> {
      this.heard.push(['below', payload]);
    }
  }

  it('@OnEvent listens above and below the decorator', async () => {
    const app = await start({
      imports: [EventEmitterModule.forRoot({ wildcard: true })],
      providers: [Listeners],
    });
    await app.get(EventEmitter2).emitAsync('order.placed', 1);
    expect(app.get(Listeners).heard).toEqual([
      ['above', 1],
      ['below', 1],
    ]);
    expect(commands(app)).toEqual({ Above: 1, Below: 1 });
  });
});

describe('@Cron and @Interval', () => {
  @Injectable()
  class Jobs {
    runs = 0;

    @Cron('0 0 1 1 *', { name: 'yearly' })
    @Command('Yearly')
    yearly(): void {
      this.runs++;
    }

    @Command('Often')
    @Interval('often', 1_000_000)
    often(): void {
      this.runs++;
    }
  }

  it('@Cron and @Interval run the handler above and below the decorator', async () => {
    const app = await start({ imports: [ScheduleModule.forRoot()], providers: [Jobs] });
    const registry = app.get(SchedulerRegistry);
    await registry.getCronJob('yearly').fireOnTick();
    expect(registry.getIntervals()).toEqual(['often']);
    expect(app.get(Jobs).runs).toBe(1);
    expect(commands(app)).toEqual({ Yearly: 1, Often: 0 });
  });
});

describe('@nestjs/cqrs', () => {
  class Place {
    constructor(readonly sku: string) {}
  }
  class Find {
    constructor(readonly sku: string) {}
  }
  class Placed {
    constructor(readonly sku: string) {}
  }

  @CommandHandler(Place)
  class PlaceHandler {
    @ObserveCommand()
    async execute(command: Place): Promise<string> {
      if (command.sku === '') throw new TypeError('no sku');
      return command.sku;
    }
  }

  @QueryHandler(Find)
  @Injectable({ scope: Scope.REQUEST })
  class FindHandler {
    @ObserveQuery()
    async execute(query: Find): Promise<string> {
      return query.sku;
    }
  }

  @EventsHandler(Placed)
  class PlacedHandler {
    @ObserveProjection('orders')
    handle(event: Placed): void {
      void event;
    }
  }

  it('@nestjs/cqrs calls the handlers of commands, queries and events', async () => {
    const app = await start({
      imports: [CqrsModule.forRoot()],
      providers: [PlaceHandler, FindHandler, PlacedHandler],
    });
    expect(await app.get(CommandBus).execute(new Place('x'))).toBe('x');
    await expect(app.get(CommandBus).execute(new Place(''))).rejects.toThrow(TypeError);
    expect(await app.get(QueryBus).execute(new Find('y'))).toBe('y');
    app.get(EventBus).publish(new Placed('x'));
    expect(commands(app)).toEqual({ Place: 2 });
    expect(series(app, 'eventcore_command_errors_total')).toEqual({ Place: 1 });
    expect(series(app, 'eventcore_queries_total')).toEqual({ Find: 1 });
    expect(applied(app)).toEqual({
      'orders live': 1,
    });
  });
});

describe('@Span of nestjs-otel', () => {
  @Injectable()
  class Traced {
    @Span('outer')
    @Command('SpanAbove')
    async above(): Promise<string> {
      return 'above';
    }

    @Command('SpanBelow')
    @Span('inner')
    async below(error?: unknown): Promise<string> {
      if (error !== undefined) throw error;
      return 'below';
    }
  }

  afterEach(() => trace.disable());

  it('@Span of nestjs-otel stands above and below the decorator, around the same call', async () => {
    const started: string[] = [];
    const span = {
      ...trace.wrapSpanContext({} as never),
      recordException() {},
      setStatus() {},
      end() {},
    };
    const startActiveSpan = (name: string, ...rest: unknown[]) => {
      started.push(name);
      return (rest.at(-1) as (it: object) => unknown)(span);
    };
    trace.setGlobalTracerProvider({ getTracer: () => ({ startActiveSpan }) as never });
    const app = await start({ providers: [Traced] });
    expect(await app.get(Traced).above()).toBe('above');
    expect(await app.get(Traced).below()).toBe('below');
    await expect(app.get(Traced).below(new TypeError('x'))).rejects.toThrow('x');
    expect(started).toEqual(['outer', 'inner', 'inner']);
    expect(commands(app)).toEqual({ SpanAbove: 1, SpanBelow: 2 });
    expect(Traced.prototype.above.name).toBe('above');
  });
});

describe('@SubscribeMessage', () => {
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('add')
    @Command('Add')
    add(@MessageBody() numbers: number[]): { event: string; data: number } {
      return { event: 'sum', data: numbers.reduce((sum, it) => sum + it, 0) };
    }

    @Query('Count')
    @SubscribeMessage('count')
    count(): Observable<{ event: string; data: number }> {
      return interval(1).pipe(
        take(2),
        map((data) => ({ event: 'tick', data })),
      );
    }
  }

  it('@SubscribeMessage answers messages above and below the decorator', async () => {
    const app = await create({ providers: [Gateway] });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0);
    expect(commands(app)).toEqual({ Add: 0 });
    const { port } = app.getHttpServer().address() as { port: number };
    const { WebSocket } = (await import('ws')) as unknown as {
      WebSocket: typeof globalThis.WebSocket;
    };
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const answers: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('error', () => reject(new Error('socket')));
      socket.addEventListener('open', () => {
        socket.send(JSON.stringify({ event: 'add', data: [1, 2, 3] }));
        socket.send(JSON.stringify({ event: 'count' }));
      });
      socket.addEventListener('message', ({ data }) => {
        answers.push(JSON.parse(String(data)));
        if (answers.length === 3) resolve();
      });
    });
    socket.close();
    expect(answers).toEqual([
      { event: 'sum', data: 6 },
      { event: 'tick', data: 0 },
      { event: 'tick', data: 1 },
    ]);
    expect(commands(app)).toEqual({ Add: 1 });
    expect(series(app, 'eventcore_queries_total')).toEqual({ Count: 1 });
    expect(series(app, 'eventcore_queries_concurrent')).toEqual({ Count: 0 });
  });
});
