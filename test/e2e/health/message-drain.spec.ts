import { Controller, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  type RmqContext,
  Transport,
} from '@nestjs/microservices';
import { concatMap, from, lastValueFrom, type Observable, of, retry, timeout, toArray } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type DrainOptions, ObservabilityModule } from '../../../lib/index.js';
import { freePort } from '../../system/free-port.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

class Gate {
  open!: () => void;
  reach!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
}

let gate = new Gate();
const noted: unknown[] = [];

@Controller()
class WorkController {
  @MessagePattern('held')
  async held(data: string): Promise<string> {
    gate.reach();
    await gate.opened;
    return `${data} done`;
  }

  @MessagePattern('streamed')
  streamed(data: string): Observable<string> {
    gate.reach();
    return of('first', data).pipe(concatMap((it) => from(gate.opened.then(() => it))));
  }

  @EventPattern('acknowledged')
  async acknowledged(@Payload() data: string, @Ctx() given: unknown): Promise<void> {
    gate.reach();
    await gate.opened;
    noted.push(data);
    const context = given as RmqContext;
    const channel = context.getChannelRef() as { ack(message: unknown): void };
    channel.ack(context.getMessage());
  }

  @EventPattern('noted')
  async noted(data: string): Promise<void> {
    gate.reach();
    await gate.opened;
    noted.push(data);
  }

  @MessagePattern('quick')
  quick(data: string): string {
    return `${data} answered`;
  }
}

const brokers = new SharedBrokers();
let app: INestApplication | undefined;
let client: ClientProxy | undefined;

afterEach(async () => {
  gate.open();
  gate = new Gate();
  await client?.close();
  await app?.close();
  app = undefined;
});
afterAll(() => brokers.stop());

const transports = ['tcp', 'nats', 'redis', 'rabbitmq'] as const;
const QUEUE = 'orders';

async function optionsOf(
  name: (typeof transports)[number],
  more: object = {},
): Promise<MicroserviceOptions> {
  const host = '127.0.0.1';
  if (name === 'tcp')
    return { transport: Transport.TCP, options: { host, port: await freePort() } };
  const { port } = await brokers.get(name);
  if (name === 'redis') return { transport: Transport.REDIS, options: { host, port } };
  if (name === 'rabbitmq') {
    const urls = [`amqp://${host}:${port}`];
    return {
      transport: Transport.RMQ,
      options: { urls, queue: QUEUE, queueOptions: { durable: false }, ...more },
    };
  }
  return { transport: Transport.NATS, options: { servers: `nats://${host}:${port}` } };
}

/** A hybrid application with a client. */
async function start(name: (typeof transports)[number], drain: DrainOptions, more: object = {}) {
  @Module({ imports: [ObservabilityModule.forRoot({ drain })], controllers: [WorkController] })
  class AppModule {}
  const options = await optionsOf(name, more);
  app = await NestFactory.create(AppModule, { logger: false });
  app.connectMicroservice(options);
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const forClient = name === 'rabbitmq' ? await optionsOf(name) : options;
  client = ClientProxyFactory.create(forClient as ClientOptions) as ClientProxy;
  await client.connect();
  // Redis drops what it receives before the server has subscribed, which is to this pattern last.
  const answered = client.send('quick', 'first').pipe(timeout(100), retry(50));
  await lastValueFrom(answered);
  return app;
}

const LONG = { timeoutMs: 120_000 };
const send = (pattern: string) =>
  lastValueFrom(client!.send<string>(pattern, 'order').pipe(toArray()));

describe.each(transports)('messages of %s during a shutdown', (name) => {
  it.skipIf(name !== 'tcp' && !hasBroker(name))(
    'Messages under way finish before the application closes, and new ones are answered meanwhile',
    async () => {
      const served = await start(name, LONG);
      const [held, streamed] = [send('held'), send('streamed')];
      client!.emit('noted', 'event').subscribe();
      await gate.reached;
      let isClosed = false;
      const closing = served.close().then(() => (isClosed = true));
      expect(await send('quick')).toEqual(['order answered']);
      expect(isClosed).toBe(false);
      gate.open();
      expect(await held).toEqual(['order done']);
      expect(await streamed).toEqual(['first', 'order']);
      await closing;
      app = undefined;
      expect(noted.splice(0)).toEqual(['event']);
    },
  );

  it.skipIf(name !== 'tcp' && !hasBroker(name))(
    'New messages are refused with an RpcException where new work is refused',
    async () => {
      const served = await start(name, { ...LONG, newWork: 'refuse' });
      const held = send('held');
      await gate.reached;
      const closing = served.close();
      // The drain begins in a later turn, before which messages are answered.
      const refused = expect.objectContaining({ statusCode: 503, message: 'Service Unavailable' });
      await expect.poll(() => send('quick').catch((error: unknown) => error)).toEqual(refused);
      gate.open();
      expect(await held).toEqual(['order done']);
      await closing;
      app = undefined;
    },
  );
});

describe('messages of RabbitMQ that wait for an acknowledgement', () => {
  it.skipIf(!hasBroker('rabbitmq'))(
    'A message under way is acknowledged before the application closes, and is not delivered again',
    async () => {
      const manual = { noAck: false };
      const served = await start('rabbitmq', LONG, manual);
      client!.emit('acknowledged', 'event').subscribe();
      await gate.reached;
      const closing = served.close();
      gate.open();
      await closing;
      expect(noted.splice(0)).toEqual(['event']);

      const next = await start('rabbitmq', LONG, manual);
      // The queue is answered in its order.
      expect(await send('quick')).toEqual(['order answered']);
      await next.close();
      app = undefined;
      expect(noted).toEqual([]);
    },
  );
});
