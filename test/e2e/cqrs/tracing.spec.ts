import { Injectable } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommand,
  ofType,
  Saga,
  UnhandledExceptionBus,
} from '@nestjs/cqrs';
import { context as contextApi, SpanStatusCode, trace } from '@opentelemetry/api';
import { delay, map, mergeMap, Observable, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../lib/testing/index.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { Span } from 'nestjs-otel';
import { create, start } from '../handlers/application.js';

class Place {}
class Ship {}
class Placed {
  constructor(readonly metadata?: object) {}
}

@CommandHandler(Place)
class PlaceHandler {
  constructor(readonly bus: EventBus) {}
  async execute(): Promise<void> {
    await Promise.resolve();
    this.bus.publish(new Placed());
  }
}

@CommandHandler(Ship)
class ShipHandler {
  async execute(): Promise<void> {}
}

@EventsHandler(Placed)
class Revenue {
  async handle(): Promise<void> {}
}

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

const span = (name: string) => {
  const found = tracing.spans().find((it) => it.name === name);
  if (found === undefined) throw new Error(`no span ${name}`);
  return found;
};
const spanOf = (name: string) => vi.waitFor(() => span(name));
const parentOf = (name: string) => span(name).parentSpanContext?.spanId;
const idOf = (name: string) => span(name).spanContext().spanId;
const linksOf = (name: string) => span(name).links.map((it) => it.context.spanId);

const imports = [CqrsModule.forRoot({})];
const providers = [PlaceHandler, ShipHandler, Revenue];

/** A saga that ships what was placed, by whatever operators. */
function shipping(operators: (events: Observable<Placed>) => Observable<ICommand>) {
  @Injectable()
  class Shipping {
    @Saga()
    ship(events: Observable<object>): Observable<ICommand> {
      return operators(events.pipe(ofType(Placed)));
    }
  }
  return Shipping;
}

/** A publisher that hands events on later, outside of whatever published them. */
function queueing() {
  const queue: object[] = [];
  const module = CqrsModule.forRoot({
    eventPublisher: { publish: (event: object) => void queue.push(event) } as never,
  });
  const deliverTo = (bus: EventBus) => {
    for (const event of queue.splice(0)) bus.subject$.next(event);
  };
  return { module, deliverTo };
}

describe('a saga', () => {
  it.each([
    ['at once', map(() => new Ship())],
    [
      'after a delay',
      (it: Observable<Placed>) =>
        it.pipe(
          delay(2),
          map(() => new Ship()),
        ),
    ],
    [
      'after a promise',
      mergeMap(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return new Ship();
      }),
    ],
  ])(
    'A saga that sends a command %s sends it for the event of each publisher',
    async (_, operators) => {
      const app = await start({ imports, providers: [...providers, shipping(operators)] });
      const traceIds = await Promise.all(
        ['one', 'other'].map((name) =>
          tracing.tracer.startActiveSpan(name, async (it) => {
            await app.get(CommandBus).execute(new Place());
            it.end();
            return it.spanContext().traceId;
          }),
        ),
      );
      const ships = () => tracing.spans().filter((it) => it.name === 'command Ship');
      await vi.waitFor(() => expect(ships()).toHaveLength(2));
      expect(
        ships()
          .map((it) => it.spanContext().traceId)
          .toSorted(),
      ).toEqual(traceIds.toSorted());
      const places = tracing.spans().filter((it) => it.name === 'command Place');
      expect(
        ships()
          .map((it) => it.parentSpanContext?.spanId)
          .toSorted(),
      ).toEqual(places.map((it) => it.spanContext().spanId).toSorted());
    },
  );

  it('A saga that sends a command long after the event begins a trace that is linked', async () => {
    const clock = new ManualClock();
    const gate = new Subject<void>();
    const waiting = shipping(
      mergeMap(() => new Promise<Ship>((resolve) => gate.subscribe(() => resolve(new Ship())))),
    );
    const app = await start({ imports, providers: [...providers, waiting] }, { clock });
    await app.get(CommandBus).execute(new Place());
    clock.advance(120_000);
    gate.next();
    await spanOf('command Ship');
    expect(parentOf('command Ship')).toBeUndefined();
    expect(linksOf('command Ship')).toEqual([idOf('command Place')]);
  });

  it('A saga gets an event that a queue delivers where it was produced', async () => {
    const { module, deliverTo } = queueing();
    const saga = shipping(map(() => new Ship()));
    const app = await start({ imports: [module], providers: [...providers, saga] });
    await app.get(CommandBus).execute(new Place());
    tracing.tracer.startActiveSpan('poll', (it) => {
      deliverTo(app.get(EventBus));
      it.end();
    });
    await spanOf('command Ship');
    expect(parentOf('command Ship')).toBe(idOf('command Place'));
    expect(linksOf('command Ship')).toEqual([idOf('poll')]);
  });

  it('A saga of a stored event goes by what its metadata says of another trace', async () => {
    const saga = shipping(map(() => new Ship()));
    const app = await start({ imports, providers: [...providers, saga] });
    const stored = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    tracing.tracer.startActiveSpan('poll', (it) => {
      app.get(EventBus).publish(new Placed(stored));
      it.end();
    });
    await spanOf('command Ship');
    expect(parentOf('command Ship')).toBeUndefined();
    expect(linksOf('command Ship')).toEqual(['b7ad6b7169203331', idOf('poll')]);
  });

  it('A saga is part of a span of its own that a command is sent in', async () => {
    const own = shipping(
      mergeMap(() => {
        const it = tracing.tracer.startSpan('own');
        return new Observable<Ship>((subscriber) => {
          const context = trace.setSpan(contextApi.active(), it);
          contextApi.with(context, () => subscriber.next(new Ship()));
          it.end();
        });
      }),
    );
    const app = await start({ imports, providers: [...providers, own] });
    await app.get(CommandBus).execute(new Place());
    await spanOf('command Ship');
    expect(parentOf('command Ship')).toBe(idOf('own'));
  });

  it('A saga keeps its name in what the bus of unhandled errors reports', async () => {
    const broken = shipping(mergeMap(() => throwError(() => new Error('broken'))));
    const app = await create({ imports, providers: [...providers, broken] });
    await app.init();
    const unhandled: unknown[] = [];
    app.get(UnhandledExceptionBus).subscribe((it) => unhandled.push(it));
    app.get(EventBus).publish(new Placed());
    expect(unhandled).toEqual([{ cause: 'ship', exception: new Error('broken') }]);
  });

  it('A saga sees the bus itself', async () => {
    let seen: unknown;
    const looking = shipping((events) => events as never);
    Object.defineProperty(looking.prototype, 'ship', {
      value: (events: EventBus) => {
        seen = events;
        return new Subject();
      },
    });
    await start({ imports, providers: [...providers, looking] });
    expect(seen).toBeInstanceOf(EventBus);
    expect(seen).toBeInstanceOf(Observable);
  });
});

describe('an event handler', () => {
  it('An event handler is part of what published its event', async () => {
    const app = await start({ imports, providers });
    await app.get(CommandBus).execute(new Place());
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBe(idOf('command Place'));
    expect(linksOf('projection Revenue')).toEqual([]);
  });

  it('An event handler is a root when nothing was active', async () => {
    const app = await start({ imports, providers });
    app.get(EventBus).publish(new Placed());
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBeUndefined();
  });

  it('An event handler of an event that a queue delivers is part of what published it, linked to the delivery', async () => {
    const { module, deliverTo } = queueing();
    const app = await start({ imports: [module], providers });
    await app.get(CommandBus).execute(new Place());
    tracing.tracer.startActiveSpan('poll', (it) => {
      deliverTo(app.get(EventBus));
      it.end();
    });
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBe(idOf('command Place'));
    expect(linksOf('projection Revenue')).toEqual([idOf('poll')]);
  });

  it('An event handler of an event that a queue delivers late is linked to what published it', async () => {
    const clock = new ManualClock();
    const { module, deliverTo } = queueing();
    const app = await start({ imports: [module], providers }, { clock });
    await app.get(CommandBus).execute(new Place());
    clock.advance(120_000);
    deliverTo(app.get(EventBus));
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBeUndefined();
    expect(linksOf('projection Revenue')).toEqual([idOf('command Place')]);
  });

  it('An event handler of a stored event goes by what its metadata says of another trace', async () => {
    const app = await start({ imports, providers });
    const stored = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    tracing.tracer.startActiveSpan('poll', (it) => {
      app.get(EventBus).publish(new Placed(stored));
      it.end();
    });
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBeUndefined();
    expect(linksOf('projection Revenue')).toEqual(['b7ad6b7169203331', idOf('poll')]);
  });

  it('An event handler of an event whose metadata names its own trace is part of what published it', async () => {
    const app = await start({ imports, providers });
    tracing.tracer.startActiveSpan('append and publish', (it) => {
      const { traceId, spanId } = it.spanContext();
      app.get(EventBus).publishAll([new Placed({ traceparent: `00-${traceId}-${spanId}-01` })]);
      it.end();
    });
    await spanOf('projection Revenue');
    expect(parentOf('projection Revenue')).toBe(idOf('append and publish'));
    expect(linksOf('projection Revenue')).toEqual([]);
  });

  it('An event handler that fails ends its span with the error', async () => {
    @EventsHandler(Placed)
    class Failing {
      handle(): void {
        throw new TypeError('failed');
      }
    }
    const app = await start({ imports, providers: [Failing] });
    app.get(EventBus).publish(new Placed());
    await spanOf('projection Failing');
    expect(span('projection Failing').status.code).toBe(SpanStatusCode.ERROR);
    expect(span('projection Failing').attributes['error.type']).toBe('TypeError');
  });
});

describe('a command', () => {
  it('A command without a handler is a span that failed', async () => {
    class Nowhere {}
    const app = await start({ imports });
    expect(() => void app.get(CommandBus).execute(new Nowhere())).toThrow();
    const { status, attributes } = span('command Nowhere');
    expect(status.code).toBe(SpanStatusCode.ERROR);
    expect(attributes).toMatchObject({
      'command.type': 'Nowhere',
      'error.type': 'CommandHandlerNotFoundException',
    });
  });

  it('A command has the span of a decorator of nestjs-otel inside its own', async () => {
    class Nested {}
    @CommandHandler(Nested)
    class Handler {
      @Span('inner')
      async execute(): Promise<void> {}
    }
    const app = await start({ imports, providers: [Handler] });
    await app.get(CommandBus).execute(new Nested());
    expect(parentOf('inner')).toBe(idOf('command Nested'));
  });
});

describe('tracing that is off', () => {
  it('Tracing that is off leaves the event bus as it is', async () => {
    const saga = shipping(map(() => new Ship()));
    const app = await start({ imports, providers: [...providers, saga] }, { tracing: false });
    await app.get(CommandBus).execute(new Place());
    expect(Object.hasOwn(app.get(EventBus), 'publish')).toBe(false);
    expect(tracing.spans()).toEqual([]);
  });
});
