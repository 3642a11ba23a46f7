// One piece of business of every kind. There is no compiler here: decorators are called by hand.
import { NestFactory } from '@nestjs/core';
import {
  Command,
  currentObservation,
  ObservabilityModule,
  Projection,
  REJECTION,
} from '@eventcore/nestjs-observability';
import { TRACE_STORE } from '@eventcore/nestjs-observability/trace-stores';
import { plainMetadata, TraceContextCarrier } from '@eventcore/nestjs-observability/tracing';

const carrier = new TraceContextCarrier(plainMetadata);

class Orders {
  place(id) {
    const metadata = carrier.write({ tenant: 'a' });
    return [{ type: 'OrderPlaced', id, metadata, recordedAt: new Date() }];
  }

  async retry() {
    await Promise.resolve();
    currentObservation().retry(new Error('conflict'));
  }

  async refuse() {
    throw Object.assign(new Error('out of stock'), { [REJECTION]: true });
  }

  async fail() {
    throw new RangeError('disk on fire');
  }

  async apply() {
    await Promise.resolve();
  }
}

decorate('place', Command({ name: 'PlaceOrder', events: (events) => events.length }));
decorate('retry', Command({ name: 'Retry', context: true }));
decorate('refuse', Command('Refuse'));
decorate('fail', Command('Fail'));
decorate('apply', Projection({ name: 'Revenue', eventTime: ({ recordedAt }) => recordedAt }));

function decorate(name, decorator) {
  const described = Object.getOwnPropertyDescriptor(Orders.prototype, name);
  const changed = decorator(Orders.prototype, name, described);
  if (changed !== undefined) Object.defineProperty(Orders.prototype, name, changed);
}

class AppModule {}

/** Runs the shop from its start to its end; says what its trace store kept. */
export async function runShop() {
  const app = await NestFactory.createApplicationContext(
    { module: AppModule, imports: [ObservabilityModule.forRoot()], providers: [Orders] },
    { logger: ['warn', 'error'] },
  );
  const orders = app.get(Orders);
  const [event] = orders.place('order-1');
  await orders.apply(event);
  await orders.apply({ ...event, recordedAt: new Date(Date.now() - 3_600_000) });
  await orders.retry();
  await orders.refuse().catch(() => undefined);
  await orders.fail().catch(() => undefined);
  const found = await app.get(TRACE_STORE).findTraces({ name: 'command PlaceOrder' });
  await app.close();
  return {
    metadata: event.metadata,
    stored: found.ok ? found.value.map(({ spans }) => spans.length) : found.error.code,
  };
}
