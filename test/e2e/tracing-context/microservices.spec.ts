import {
  Controller,
  Global,
  type INestMicroservice,
  Injectable,
  Module,
  type PipeTransform,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  NatsRecordBuilder,
  Payload,
  RmqRecordBuilder,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { delay, lastValueFrom, Observable, of, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  MessageTraceInterceptor,
  traceMessages,
} from '../../../lib/integrations/microservices/message-trace-interceptor.js';
import {
  traceClients,
  tracedClient,
} from '../../../lib/integrations/microservices/traced-client.js';
import { correlationOf, withCorrelation } from '../../../lib/tracing/context/correlation.js';
import { KeptTraceState } from '../../../lib/tracing/context/metadata-shape.js';
import { REJECTION } from '../../../lib/kernel/errors/error-classification.js';
import { poll } from '../../system/poll.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { type BrokerName, hasBroker, SharedBrokers } from './running-broker.js';

interface Seen {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly traceFlags?: number | undefined;
  readonly traceState?: string | undefined;
  readonly data?: unknown;
  readonly emissions?: Seen[];
}

function seen(data: unknown): Seen {
  const spanContext = trace.getSpanContext(context.active());
  return {
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    traceFlags: spanContext?.traceFlags,
    traceState: spanContext?.traceState?.serialize(),
    data,
    ...correlationOf(context.active()),
  };
}

class OutOfStock extends RpcException {
  readonly [REJECTION] = true;
}

let onEvent: (event: Seen) => void = () => undefined;
let inPipe: Seen | undefined;

@Injectable()
class WatchingPipe implements PipeTransform {
  transform(value: unknown): unknown {
    inPipe = seen(undefined);
    return value;
  }
}

@Controller()
class OrdersController {
  @MessagePattern('orders.look')
  async look(@Payload(WatchingPipe) data: unknown): Promise<Seen> {
    await Promise.resolve();
    return seen(data);
  }

  @MessagePattern('orders.watch')
  watch(@Payload() data: unknown): Observable<Seen> {
    return new Observable<Seen>((subscriber) => {
      subscriber.next(seen(data));
      of(1)
        .pipe(delay(1))
        .subscribe(() => {
          subscriber.next(seen(data));
          subscriber.complete();
        });
    });
  }

  @MessagePattern('orders.refuse')
  refuse(): never {
    throw new OutOfStock('out of stock');
  }

  @MessagePattern('orders.fail')
  fail(): Observable<never> {
    return new Observable((subscriber) => subscriber.error(new RangeError('disk on fire')));
  }

  @EventPattern('orders.placed')
  placed(@Payload() data: unknown, @Ctx() _context: unknown): void {
    onEvent(seen(data));
  }
}

@Module({ controllers: [OrdersController] })
class OrdersModule {}

const queueOptions = { durable: false };

function optionsOf(name: BrokerName, port: number): MicroserviceOptions {
  if (name === 'nats') {
    return { transport: Transport.NATS, options: { servers: `nats://127.0.0.1:${port}` } };
  }
  if (name === 'redis') return { transport: Transport.REDIS, options: { host: '127.0.0.1', port } };
  const urls = [`amqp://127.0.0.1:${port}`];
  return { transport: Transport.RMQ, options: { urls, queue: 'orders', queueOptions } };
}

async function serve(
  options: MicroserviceOptions,
  prepare: (app: INestMicroservice) => unknown,
): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(OrdersModule, {
    ...options,
    logger: false,
  });
  prepare(app);
  await app.listen();
  return app;
}

const traced = (app: INestMicroservice) => app.useGlobalInterceptors(new MessageTraceInterceptor());

function clientOf(options: MicroserviceOptions): ClientProxy {
  return ClientProxyFactory.create(options as ClientOptions) as unknown as ClientProxy;
}

const brokers = new SharedBrokers();
afterAll(() => brokers.stop());

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

function spanOf(kind: SpanKind) {
  const find = async () => tracing.spans().find((it) => it.kind === kind);
  return poll(find, { what: `a span of kind ${SpanKind[kind]}`, timeoutMs: 5000 });
}
const consumerSpan = () => spanOf(SpanKind.CONSUMER);
const sendSpan = () => spanOf(SpanKind.PRODUCER);

/** The message sent from within a span. */
async function sent(client: ClientProxy, pattern: string, data: unknown = { id: 7 }) {
  return tracing.tracer.startActiveSpan('command PlaceOrder', async (producer) => {
    const answers = client.send<Seen>(pattern, data).pipe(toArray());
    const emissions = await lastValueFrom(answers).finally(() => producer.end());
    return { producer: producer.spanContext(), emissions, ...emissions[0] };
  });
}

function emitted(client: ClientProxy, data: unknown): Promise<Seen> {
  const received = new Promise<Seen>((resolve) => {
    onEvent = resolve;
  });
  client.emit('orders.placed', data);
  return received;
}

describe.each(['nats', 'redis', 'rabbitmq'] as const)('over %s', (name) => {
  describe.skipIf(!hasBroker(name))(`(skipped where ${name} is not installed)`, () => {
    let server: INestMicroservice;
    let client: ClientProxy;

    beforeAll(async () => {
      const options = optionsOf(name, (await brokers.get(name)).port);
      server = await serve(options, traced);
      client = tracedClient(clientOf(options));
      await client.connect();
    });
    afterAll(async () => {
      await client?.close();
      await server?.close();
    });

    it('A handler runs in a CONSUMER span that is a child of the PRODUCER span of the sender', async () => {
      const { producer, traceId, spanId, data } = await sent(client, 'orders.look');
      const span = await consumerSpan();
      const send = await sendSpan();
      expect(send.name).toBe('send orders.look');
      expect(send.parentSpanContext?.spanId).toBe(producer.spanId);
      expect(send.status.code).toBe(SpanStatusCode.UNSET);
      expect(send.attributes).toEqual({
        'messaging.system': name,
        'messaging.destination.name': 'orders.look',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
      });
      expect(data).toEqual({ id: 7 });
      expect({ traceId, spanId }).toEqual({
        traceId: producer.traceId,
        spanId: span.spanContext().spanId,
      });
      const { spanId: sendId } = send.spanContext();
      expect(span.parentSpanContext).toMatchObject({ spanId: sendId, isRemote: true });
      expect(span.name).toBe('process orders.look');
      expect(span.status.code).toBe(SpanStatusCode.UNSET);
      expect(span.links).toEqual([]);
      expect(span.attributes).toEqual({
        'messaging.system': name,
        'messaging.destination.name': 'orders.look',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
      });
    });

    it('An Observable runs in it from subscription to end', async () => {
      const { producer, emissions } = await sent(client, 'orders.watch');
      const span = await consumerSpan();
      expect(emissions).toHaveLength(2);
      for (const emission of emissions) {
        expect(emission.traceId).toBe(producer.traceId);
        expect(emission.spanId).toBe(span.spanContext().spanId);
      }
    });

    it('An event carries the trace and the correlation of its sender', async () => {
      const correlation = { correlationId: 'c-1', causationId: 'm-1' };
      const received = await context.with(withCorrelation(context.active(), correlation), () =>
        tracing.tracer.startActiveSpan('append', (producer) => {
          producer.end();
          return emitted(client, { id: 8 });
        }),
      );
      const span = await consumerSpan();
      const [append] = tracing.spans();
      expect(received).toMatchObject({ ...correlation, data: { id: 8 } });
      const send = await sendSpan();
      expect(received.traceId).toBe(append?.spanContext().traceId);
      expect(send.parentSpanContext?.spanId).toBe(append?.spanContext().spanId);
      expect(span.parentSpanContext?.spanId).toBe(send.spanContext().spanId);
      expect(span.name).toBe('process orders.placed');
    });

    it('Flags and tracestate of a sender that is not sampled arrive as they are', async () => {
      const spanContext = {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        traceFlags: 0,
        traceState: new KeptTraceState('1st=a , rojo=b'),
      };
      const unsampled = trace.setSpanContext(context.active(), spanContext);
      const received = await context.with(unsampled, () => emitted(client, { id: 9 }));
      expect(received).toMatchObject({
        traceId: spanContext.traceId,
        traceFlags: 0,
        traceState: '1st=a , rojo=b',
      });
      expect(tracing.spans()).toEqual([]);
    });

    it('Data that is no object arrives as it was sent', async () => {
      expect((await sent(client, 'orders.look', 'text')).data).toBe('text');
      expect((await sent(client, 'orders.look', 0)).data).toBe(0);
      expect((await sent(client, 'orders.look', [1])).data).toEqual([1]);
      expect((await sent(client, 'orders.look', 'text')).traceId).toBeDefined();
    });

    it('A rejection is no error, a failure is', async () => {
      await expect(sent(client, 'orders.refuse')).rejects.toMatchObject({
        message: 'out of stock',
      });
      expect((await consumerSpan()).status.code).toBe(SpanStatusCode.UNSET);
      tracing.reset();
      await expect(sent(client, 'orders.fail')).rejects.toMatchObject({
        message: 'Internal server error',
      });
      const failed = await consumerSpan();
      expect(failed).toMatchObject({
        status: { code: SpanStatusCode.ERROR, message: 'disk on fire' },
        attributes: { 'error.type': 'RangeError' },
      });
      expect(failed.events.map((it) => it.name)).toEqual(['exception']);
      expect((await sendSpan()).status.code).toBe(SpanStatusCode.ERROR);
    });

    it('A sender without a trace begins one for the handler to continue', async () => {
      const received = await emitted(client, { id: 10 });
      const send = await sendSpan();
      expect(send.parentSpanContext).toBeUndefined();
      expect((await consumerSpan()).parentSpanContext?.spanId).toBe(send.spanContext().spanId);
      expect(received.data).toEqual({ id: 10 });
    });
  });
});

describe.each(['nats', 'redis'] as const)('over %s', (name) => {
  describe.skipIf(!hasBroker(name))(`(skipped where ${name} is not installed)`, () => {
    let options: MicroserviceOptions;
    beforeAll(async () => {
      options = optionsOf(name, (await brokers.get(name)).port);
    });

    it('A server without the interceptor gets the same data as ever', async () => {
      const server = await serve(options, () => undefined);
      const client = tracedClient(clientOf(options));
      const { data, traceId } = await sent(client, 'orders.look', { id: 1 });
      expect(data).toEqual({ id: 1 });
      expect(traceId).toBeUndefined();
      await client.close();
      await server.close();
    });

    it('A client that makes no span of its own sends what is active, and nothing without it', async () => {
      const server = await serve(options, traced);
      const client = tracedClient(clientOf(options), { span: false });
      const { producer } = await sent(client, 'orders.look', { id: 1 });
      expect((await consumerSpan()).parentSpanContext?.spanId).toBe(producer.spanId);
      tracing.reset();
      await emitted(client, { id: 10 });
      expect((await consumerSpan()).parentSpanContext).toBeUndefined();
      expect(tracing.spans()).toHaveLength(1);
      await client.close();
      await server.close();
    });

    it('A client without the wrapper is served as ever', async () => {
      const server = await serve(options, traced);
      const client = clientOf(options);
      const { data, producer, traceId } = await sent(client, 'orders.look', { id: 1 });
      expect(data).toEqual({ id: 1 });
      expect(traceId).not.toBe(producer.traceId);
      await client.close();
      await server.close();
    });

    it('The hook of Nest 12 covers pipes too, and with the interceptor makes one span', async () => {
      inPipe = undefined;
      const server = await serve(options, (app) => {
        app.registerPreRequestHook(traceMessages());
        traced(app);
      });
      const client = tracedClient(clientOf(options));
      const { producer, spanId } = await sent(client, 'orders.look');
      const span = await consumerSpan();
      expect(inPipe).toMatchObject({ traceId: producer.traceId, spanId });
      expect(span.parentSpanContext?.spanId).toBe((await sendSpan()).spanContext().spanId);
      expect(tracing.spans().filter((it) => it.kind === SpanKind.CONSUMER)).toHaveLength(1);
      await client.close();
      await server.close();
    });

    it('Every client that a module provides is traced at once, and once', async () => {
      @Global()
      @Module({
        imports: [ClientsModule.register([{ name: 'ORDERS', ...options } as never])],
        exports: [ClientsModule],
      })
      class GatewayModule {}
      const server = await serve(options, traced);
      const gateway = await NestFactory.createApplicationContext(GatewayModule, { logger: false });
      expect(traceClients(gateway)).toBe(1);
      const client = gateway.get<ClientProxy>('ORDERS');
      expect(tracedClient(client)).toBe(client);
      const { producer, traceId } = await sent(client, 'orders.look');
      expect(traceId).toBe(producer.traceId);
      await gateway.close();
      await server.close();
    });
  });
});

describe.skipIf(!hasBroker('nats'))('over nats (skipped where it is not installed)', () => {
  it('Headers that a message has already are kept, its origin among them', async () => {
    const options = optionsOf('nats', (await brokers.get('nats')).port);
    const server = await serve(options, traced);
    const client = tracedClient(clientOf(options));
    const headers = natsHeaders();
    headers.set('Traceparent', '00-11111111111111111111111111111111-2222222222222222-01');
    const record = new NatsRecordBuilder({ id: 1 }).setHeaders(headers).build();
    const { traceId, data } = await sent(client, 'orders.look', record);
    expect(traceId).toBe('1'.repeat(32));
    expect(data).toEqual({ id: 1 });
    expect([...headers.keys()]).toEqual(['Traceparent']);
    await client.close();
    await server.close();
  });
});

describe.skipIf(!hasBroker('rabbitmq'))('over rabbitmq (skipped where it is not installed)', () => {
  it('A message that waited longer than the limit is linked to its sender', async () => {
    const options = optionsOf('rabbitmq', (await brokers.get('rabbitmq')).port);
    const server = await serve(options, traced);
    const client = tracedClient(clientOf(options));
    const timestamp = Math.floor(Date.now() / 1000) - 600;
    const record = new RmqRecordBuilder({ id: 1 })
      .setOptions({ timestamp, headers: { tenant: 'a' } } as never)
      .build();
    const { producer, traceId, data } = await sent(client, 'orders.look', record);
    const span = await consumerSpan();
    expect(data).toEqual({ id: 1 });
    expect(traceId).not.toBe(producer.traceId);
    expect(span.parentSpanContext).toBeUndefined();
    const { spanId } = (await sendSpan()).spanContext();
    expect(span.links.map((it) => it.context.spanId)).toEqual([spanId]);
    await client.close();
    await server.close();
  });
});
