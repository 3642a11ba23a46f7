import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientOptions,
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  MessagePattern,
  type MicroserviceOptions,
  type TcpContext,
  Transport,
} from '@nestjs/microservices';
import { context, propagation, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator } from '@opentelemetry/core';
import { lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { MessageTraceInterceptor } from '../../../lib/integrations/microservices/message-trace-interceptor.js';
import { tracedClient } from '../../../lib/integrations/microservices/traced-client.js';
import { plainMetadata, traceContext, TraceContextCarrier } from '../../../lib/tracing/index.js';
import { B3Propagator } from '../../../lib/tracing/context/b3-propagator.js';
import { freePort } from '../../system/free-port.js';
import { B3 } from '../../unit/tracing/context/b3-propagator.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const B3_HEADER = `${traceId}-b7ad6b7169203331-1`;
const carrier = new TraceContextCarrier(plainMetadata);

@Controller()
class Orders {
  @Get()
  async find() {
    await Promise.resolve();
    const tenant = propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
    const current = trace.getActiveSpan()?.spanContext();
    return { tenant, traceId: current?.traceId, event: carrier.write({ type: 'Found' }) };
  }
}

@Module({ controllers: [Orders] })
class AppModule {}

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function answerTo(headers: Record<string, string>, trustIncoming = true) {
  const tracing = registerTracing();
  propagation.disable();
  const propagators = [new B3(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(traceContext({ trustIncoming }));
  await app.listen(0, '127.0.0.1');
  running.push(app, { close: () => tracing.stop() });
  return (await (await fetch(await app.getUrl(), { headers })).json()) as Record<string, any>;
}

describe('the registered propagator over HTTP', () => {
  it('B3 and baggage of a caller reach the handler and the metadata of its events', async () => {
    const answer = await answerTo({ b3: B3_HEADER, baggage: 'tenant=a' });
    expect(answer).toMatchObject({ tenant: 'a', traceId });
    expect(answer['event']).toMatchObject({ type: 'Found', baggage: 'tenant=a' });
    expect(answer['event'].b3).toMatch(new RegExp(`^${traceId}-[0-9a-f]{16}-1$`));
    expect(answer['event']).not.toHaveProperty('traceparent');
  });

  it('Baggage of an untrusted caller does not reach the handler', async () => {
    const answer = await answerTo({ b3: B3_HEADER, baggage: 'tenant=a' }, false);
    expect(answer['tenant']).toBeUndefined();
    expect(answer['traceId']).not.toBe(traceId);
  });
});

@Controller()
class Messages {
  @MessagePattern('orders.look')
  async look(@Ctx() message: TcpContext) {
    await Promise.resolve();
    const tenant = propagation.getBaggage(context.active())?.getEntry('tenant')?.value;
    const current = trace.getActiveSpan()?.spanContext();
    const packet = JSON.stringify(message.getArgs());
    return { tenant, traceId: current?.traceId, flags: current?.traceFlags, packet };
  }
}

@Module({ controllers: [Messages] })
class MessagesModule {}

describe('the registered propagator over TCP', () => {
  it.each(['single', 'multi'] as const)(
    'B3 in the encoding %s and baggage travel with messages over TCP, without traceparent',
    async (encoding) => {
      const tracing = registerTracing();
      propagation.disable();
      const propagators = [new B3Propagator(encoding), new W3CBaggagePropagator()];
      propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
      const options = { host: '127.0.0.1', port: await freePort() };
      const tcp = { transport: Transport.TCP, options } as const;
      const server = await NestFactory.createMicroservice<MicroserviceOptions>(MessagesModule, {
        ...tcp,
        logger: false,
      });
      server.useGlobalInterceptors(new MessageTraceInterceptor());
      await server.listen();
      const proxy = ClientProxyFactory.create(tcp as ClientOptions) as unknown as ClientProxy;
      const client = tracedClient(proxy);
      running.push(client, server, { close: () => tracing.stop() });
      const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
      const scope = propagation.setBaggage(context.active(), baggage);
      const answer = await context.with(scope, () =>
        tracing.tracer.startActiveSpan('command PlaceOrder', async (span) => {
          const received = await lastValueFrom(client.send<Record<string, any>>('orders.look', 1));
          span.end();
          return { ...received, sent: span.spanContext().traceId };
        }),
      );
      expect(answer).toMatchObject({ tenant: 'a', traceId: answer.sent, flags: 1 });
    },
  );
});
