import { Injectable, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  Saga,
} from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { commands, start } from '../handlers/application.js';

class Ping {
  readonly ballast = Array.from({ length: 1000 }, () => 0);
}
class Pinged {}
class Pong {}

@CommandHandler(Ping, { scope: Scope.REQUEST })
class PingHandler {
  constructor(readonly bus: EventBus) {}
  async execute(): Promise<WeakRef<object>> {
    this.bus.publish(new Pinged());
    return new WeakRef(this);
  }
}
@CommandHandler(Pong)
class PongHandler {
  async execute(): Promise<void> {}
}
@EventsHandler(Pinged)
class Pings {
  async handle(): Promise<void> {}
}
@Injectable()
class Sagas {
  @Saga()
  pinged(events: Observable<object>): Observable<Pong> {
    return events.pipe(map(() => new Pong()));
  }
}

const imports = [CqrsModule.forRoot({})];
const providers = [PingHandler, PongHandler, Pings, Sagas];
const collected = (it: WeakRef<object>) => it.deref() === undefined;

/** Finalisation takes a few turns of the event loop. */
async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
}

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing({ sampled: false });
});
afterEach(() => tracing.stop());

describe('memory', () => {
  it('A CQRS application keeps no handler that was made for a command, no command and no event', async () => {
    const app = await start({ imports, providers });
    const kept: WeakRef<object>[] = [];
    await (async () => {
      for (let i = 0; i < 200; i++) {
        const ping = new Ping();
        kept.push(new WeakRef(ping), await app.get(CommandBus).execute(ping));
      }
    })();
    await collect();
    expect(commands(app)).toEqual({ Ping: 200, Pong: 200 });
    expect(kept.filter((it) => !collected(it)).length).toBeLessThan(10);
  });

  it('A CQRS application keeps no application that was closed', async () => {
    const once = async () => {
      const module = {
        module: class Root {
          name = 'root';
        },
        imports: [...imports, ObservabilityModule.forRoot({ health: false })],
        providers,
      };
      const app = await NestFactory.create(module, { logger: false, abortOnError: false });
      await app.init();
      await app.get(CommandBus).execute(new Ping());
      expect(commands(app)).toEqual({ Ping: 1, Pong: 1 });
      await app.close();
      return new WeakRef(app);
    };
    const closed: WeakRef<object>[] = [];
    for (let i = 0; i < 20; i++) closed.push(await once());
    await collect();
    expect(closed.filter((it) => !collected(it)).length).toBeLessThan(5);
  });
});

describe('an application that is closed', () => {
  it('An application that is closed has its buses as they were, and its handlers unobserved', async () => {
    const app = await start({ imports, providers });
    const buses = [app.get(CommandBus), app.get(QueryBus), app.get(EventBus)];
    const own = () => buses.map((it) => Object.getOwnPropertyNames(it).toSorted());
    const moduleRefs = () =>
      buses.map((it) =>
        Object.hasOwn((it as unknown as { moduleRef: object }).moduleRef, 'resolve'),
      );
    expect(own()).not.toEqual(await ownOfBareBuses());
    expect(moduleRefs()).toEqual([true, true, true]);
    await app.close();
    expect(own()).toEqual(await ownOfBareBuses());
    expect(moduleRefs()).toEqual([false, false, false]);
    await app.get(PongHandler).execute();
    expect(commands(app)).toEqual({ Ping: 0, Pong: 0 });
  });
});

async function ownOfBareBuses(): Promise<string[][]> {
  const app = await NestFactory.create(
    { module: class Bare {}, imports, providers },
    { logger: false },
  );
  await app.init();
  const buses = [app.get(CommandBus), app.get(QueryBus), app.get(EventBus)];
  const own = buses.map((it) => Object.getOwnPropertyNames(it).toSorted());
  await app.close();
  return own;
}
