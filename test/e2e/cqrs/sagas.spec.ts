import { Injectable, type INestApplicationContext, type Type } from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  type ICommand,
  ofType,
  Saga,
  UnhandledExceptionBus,
} from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import { delay, map, mergeMap, type Observable, of } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';

class Paid {
  constructor(readonly parcels = 1) {}
}
class Cancelled {}
class Ship {}

@CommandHandler(Ship)
class ShipHandler {
  shipped = 0;

  async execute(): Promise<void> {
    this.shipped++;
  }
}

@Injectable()
class Logistics {
  @Saga()
  paid = (events: Observable<object>): Observable<ICommand> =>
    events.pipe(
      ofType(Paid),
      mergeMap(({ parcels }) => of(...Array.from({ length: parcels }, () => new Ship()))),
    );

  @Saga()
  later(events: Observable<object>): Observable<ICommand> {
    return events.pipe(
      ofType(Paid),
      delay(1),
      map(() => new Ship()),
    );
  }

  @Saga()
  fragile(events: Observable<object>): Observable<ICommand> {
    return events.pipe(
      ofType(Cancelled),
      map(() => {
        throw new TypeError('a saga that ends');
      }),
    );
  }
}

let app: INestApplicationContext;

async function start(options: ObservabilityOptions = {}, saga: Type = Logistics): Promise<void> {
  class AppModule {}
  const imports = [
    CqrsModule.forRoot(),
    ObservabilityModule.forRoot({ ...options, prometheus: false, health: false }),
  ];
  const module = { module: AppModule, imports, providers: [ShipHandler, saga] };
  app = await NestFactory.createApplicationContext(module, { logger: false });
}

const metrics = () => app.get(ObservabilityService).gather();
const shipped = (times: number) =>
  vi.waitFor(() => expect(app.get(ShipHandler).shipped).toBe(times));

afterEach(() => app.close());

describe('a saga', () => {
  it('A saga is a projection of the events that it answers, with 0 from the start', async () => {
    await start();
    const processed = (saga: string, count: number) =>
      `eventcore_projection_events_processed_total{projection_name="Logistics.${saga}",mode="live"} ${count}`;
    expect(await metrics()).toContain(processed('paid', 0));
    expect(await metrics()).toContain(processed('later', 0));
    app.get(EventBus).publish(new Paid());
    app.get(EventBus).publish(new Paid(2));
    app.get(EventBus).publish(new Cancelled());
    await shipped(5);
    const text = await metrics();
    expect(text).toContain(processed('paid', 3));
    expect(text).toContain(processed('later', 2));
    expect(text).toContain('eventcore_commands_total{command_type="Ship"} 5');
  });

  it('A saga has durations of what it answers at once, and none of what it answers later', async () => {
    await start();
    app.get(EventBus).publish(new Paid());
    await shipped(2);
    const count = (saga: string, times: number) =>
      `eventcore_projection_duration_seconds_count{projection_name="Logistics.${saga}",outcome="success"} ${times}`;
    const text = await metrics();
    expect(text).toContain(count('paid', 1));
    expect(text).not.toContain(
      'projection_duration_seconds_count{projection_name="Logistics.later"',
    );
  });

  it('A saga that fails counts once, and the bus tells of it as ever', async () => {
    await start();
    const told: unknown[] = [];
    app.get(UnhandledExceptionBus).subscribe((it) => told.push(it.exception));
    app.get(EventBus).publish(new Cancelled());
    app.get(EventBus).publish(new Cancelled());
    expect(told).toEqual([new TypeError('a saga that ends')]);
    const text = await metrics();
    expect(text).toContain(
      'eventcore_projection_errors_total{projection_name="Logistics.fragile"} 1',
    );
    expect(text).toContain(
      'eventcore_errors_total{source="projection",error_type="TypeError",category="permanent"} 1',
    );
  });

  it.each([[false as const], [{ exclude: [Logistics] }], [{ exclude: ['Logistics'] }]])(
    'A saga is not observed with cqrs: %j',
    async (cqrs) => {
      await start({ cqrs });
      app.get(EventBus).publish(new Paid());
      await shipped(2);
      expect(await metrics()).not.toContain('Logistics');
    },
  );

  it('A saga that gives no Observable stops the start as it does without', async () => {
    @Injectable()
    class Broken {
      @Saga()
      nothing = () => undefined;
    }
    await expect(start({}, Broken)).rejects.toThrow(/saga/i);
  });

  it('A saga is left as it was when the application has ended', async () => {
    await start();
    const logistics = app.get(Logistics);
    await app.close();
    expect(Object.hasOwn(logistics, 'later')).toBe(false);
    await start();
    expect(app.get(CommandBus)).toBeDefined();
  });
});
