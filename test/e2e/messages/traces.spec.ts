import { Controller, type INestApplication } from '@nestjs/common';
import {
  type ClientProxy,
  ClientsModule,
  MessagePattern,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { SpanKind } from '@opentelemetry/api';
import { lastValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { logging } from '../../../lib/logging/index.js';
import { MessageTraceInterceptor } from '../../../lib/integrations/microservices/index.js';
import { recordingSink } from '../../../lib/testing/index.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { RunningApplication } from '../module/running-application.js';

@Controller()
class Orders {
  @MessagePattern('look')
  look() {
    return of(1, 2);
  }
  @MessagePattern('fail')
  fail(): never {
    throw new RangeError('disk on fire');
  }
  @MessagePattern('refuse')
  refuse(): never {
    throw new RpcException('no');
  }
}

const tcp = { host: '127.0.0.1', port: 0 };

async function start(configure: (app: INestApplication) => void = () => undefined) {
  const sink = recordingSink();
  const application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({ plugins: [logging({ level: 'debug', sinks: [sink] })] }),
      ClientsModule.register([{ name: 'SHOP', transport: Transport.TCP, options: tcp }]),
    ],
    controllers: [Orders],
    configure: (app) => {
      configure(app);
      app.connectMicroservice(
        { transport: Transport.TCP, options: tcp },
        { inheritAppConfig: true },
      );
    },
  });
  await application.app.startAllMicroservices();
  const [server] = application.app.getMicroservices();
  const { port } = (server as unknown as { unwrap(): { address(): { port: number } } })
    .unwrap()
    .address();
  const client = application.app.get<ClientProxy>('SHOP');
  Object.assign(client, { port });
  return { application, client, sink };
}

describe('traces of messages', () => {
  let tracing: ReturnType<typeof registerTracing>;
  let running: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    tracing = registerTracing();
    running = await start();
  });
  afterAll(async () => {
    await running.application.close();
    tracing.stop();
  });

  async function sent(client: ClientProxy, pattern: string) {
    tracing.reset();
    await tracing.tracer.startActiveSpan('sender', async (sender) => {
      await lastValueFrom(client.send(pattern, {})).catch(() => undefined);
      sender.end();
    });
    const spans = tracing.spans();
    const of = (kind: SpanKind) => spans.filter((it) => it.kind === kind);
    return { producers: of(SpanKind.PRODUCER), consumers: of(SpanKind.CONSUMER) };
  }

  it('A handler has one span, the child of the span of its client, without any code', async () => {
    const { producers, consumers } = await sent(running.client, 'look');
    expect(producers.map(({ name }) => name)).toEqual(['send look']);
    expect(consumers.map(({ name }) => name)).toEqual(['process look']);
    expect(consumers[0]?.parentSpanContext?.spanId).toBe(producers[0]?.spanContext().spanId);
  });

  it('A failure is an error of the span, and a rejection is none', async () => {
    const { consumers: failed } = await sent(running.client, 'fail');
    expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['RangeError']);
    const { consumers: refused } = await sent(running.client, 'refuse');
    expect(refused.map(({ status }) => status.code)).toEqual([0]);
  });

  it('The log line of a message has the ids of its span', async () => {
    const { consumers } = await sent(running.client, 'fail');
    const line = running.sink.lines.findLast(
      (it) => it.message === 'Message failed' && it.fields['side'] === 'server',
    );
    expect(line?.traceId).toBe(consumers[0]?.spanContext().traceId);
    expect(line?.spanId).toBe(consumers[0]?.spanContext().spanId);
  });

  it('An interceptor of the application makes the span, and there is no second one', async () => {
    const own = await start((app) => app.useGlobalInterceptors(new MessageTraceInterceptor()));
    const { producers, consumers } = await sent(own.client, 'look');
    await own.application.close();
    expect([producers.length, consumers.length]).toEqual([1, 1]);
  });
});
