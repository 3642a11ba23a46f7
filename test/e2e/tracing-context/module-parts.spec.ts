import {
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  type INestMicroservice,
  type Provider,
  Module,
} from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  ClientsModule,
  MessagePattern,
  type MicroserviceOptions,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceContext } from '../../../lib/tracing/http/trace-context-middleware.js';
import {
  MESSAGE_TRACE_OPTIONS,
  MessageTraceInterceptor,
  traceMessages,
} from '../../../lib/integrations/microservices/message-trace-interceptor.js';
import {
  traceClients,
  tracedClient,
} from '../../../lib/integrations/microservices/traced-client.js';
import { ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { correlationOf } from '../../../lib/tracing/context/correlation.js';
import { sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { platforms, RunningApplication } from '../module/running-application.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const CLAIM = `00-${TRACE}-${CALLER}-01`;
const ERRORS = 'eventcore_observability_errors_total';

class OutOfStock extends RpcException {}

@Controller('orders')
class OrdersController {
  @Get()
  list() {
    const spanContext = trace.getSpanContext(context.active());
    return { traceId: spanContext?.traceId, ...correlationOf(context.active()) };
  }

  @MessagePattern('look')
  look(): string | undefined {
    return trace.getSpanContext(context.active())?.traceId;
  }

  @MessagePattern('refuse')
  refuse(): never {
    throw new OutOfStock('out of stock');
  }
}

let tracing: ReturnType<typeof registerTracing>;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await tracing.stop();
});

async function start(
  configure: (app: INestApplication) => void,
  { platform = 'express' as (typeof platforms)[number], ...metadata } = {},
): Promise<RunningApplication> {
  const application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot({ rejections: [OutOfStock] })],
    controllers: [OrdersController],
    configure,
    ...metadata,
  });
  closing.push(() => application.close());
  return application;
}

async function faultsIn(application: RunningApplication, component: string) {
  const { text } = await application.get('/metrics');
  return sampleOf(text, ERRORS, { component });
}

const jsonOf = async (application: RunningApplication, headers: Record<string, string>) =>
  JSON.parse((await application.get('/orders', { headers })).text) as Record<string, unknown>;

describe.each(platforms)('the middleware on %s', (platform) => {
  it('The trace-context middleware counts malformed headers in the metrics of the application, with no further code', async () => {
    const application = await start((app) => app.use(traceContext()), { platform });
    await application.get('/orders', { headers: { traceparent: 'nonsense' } });
    await application.get('/orders', { headers: { traceparent: `00-${'0'.repeat(32)}-1-01` } });
    await application.get('/orders', { headers: { traceparent: CLAIM } });
    expect(await faultsIn(application, 'trace_context')).toBe(2);
  });

  it('The trace-context middleware of two applications counts for the one that was called', async () => {
    const middleware = traceContext();
    const one = await start((app) => app.use(middleware), { platform });
    const other = await start((app) => app.use(middleware), { platform });
    await one.get('/orders', { headers: { traceparent: 'nonsense' } });
    expect(await faultsIn(one, 'trace_context')).toBe(1);
    expect(await faultsIn(other, 'trace_context')).toBe(0);
  });

  it('The trace-context middleware begins a trace for who is not trusted, linked to what was claimed', async () => {
    const application = await start(
      (app) => app.use(traceContext({ trustIncoming: false, ignore: (it) => it === '/metrics' })),
      { platform },
    );
    const claim = { traceparent: CLAIM, 'x-correlation-id': 'forged' };
    const { traceId, correlationId } = await jsonOf(application, claim);
    const [span] = tracing.spans();
    expect(traceId).toBe(span?.spanContext().traceId);
    expect(traceId).not.toBe(TRACE);
    expect(correlationId).toBeUndefined();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.links.map((it) => it.context)).toMatchObject([
      { traceId: TRACE, spanId: CALLER, isRemote: true },
    ]);
  });

  it('The trace-context middleware asks who is trusted, and trusts nobody when the question fails', async () => {
    const application = await start(
      (app) =>
        app.use(
          traceContext({
            trustIncoming: ({ headers }) => {
              if (headers['x-key'] === 'broken') throw new Error('no keys');
              return headers['x-key'] === 'ours';
            },
          }),
        ),
      { platform },
    );
    const traceOf = async (key: string) =>
      (await jsonOf(application, { traceparent: CLAIM, 'x-key': key }))['traceId'];
    expect(await traceOf('ours')).toBe(TRACE);
    expect(await traceOf('theirs')).not.toBe(TRACE);
    expect(await traceOf('broken')).not.toBe(TRACE);
    expect(await faultsIn(application, 'http_context')).toBe(1);
  });
});

describe('the middleware without spans of its own', () => {
  it('The trace-context middleware without spans of its own takes nothing over from who is not trusted', async () => {
    const application = await start((app) =>
      app.use(traceContext({ trustIncoming: false, span: false })),
    );
    expect(await jsonOf(application, { traceparent: CLAIM })).toEqual({});
    expect(tracing.spans()).toEqual([]);
  });
});

const rpcModule = (providers: Provider[] = []): DynamicModule => ({
  module: class OrdersModule {},
  imports: [ObservabilityModule.forRoot({ rejections: [OutOfStock] })],
  controllers: [OrdersController],
  providers,
});

/** A microservice over TCP, and a client that sends what it is told to. */
async function serve(prepare: (service: INestMicroservice) => unknown, providers?: Provider[]) {
  const tcp = { host: '127.0.0.1', port: await freePort() };
  const service = await NestFactory.createMicroservice<MicroserviceOptions>(rpcModule(providers), {
    transport: Transport.TCP,
    options: tcp,
    logger: false,
  });
  closing.push(() => service.close());
  prepare(service);
  await service.listen();
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: tcp });
  closing.push(async () => client.close());
  const faults = async () => {
    const text = await service.get(ObservabilityService, { strict: false }).gather();
    return sampleOf(text, ERRORS, { component: 'trace_context' });
  };
  return { client, faults };
}

/** The same beside HTTP, so that the metrics can be scraped. */
async function serveHybrid(prepare: (app: INestApplication) => unknown, providers?: Provider[]) {
  const tcp = { host: '127.0.0.1', port: await freePort() };
  const app = await NestFactory.create(rpcModule(providers), { logger: false });
  closing.push(() => app.close());
  prepare(app);
  const options: MicroserviceOptions = { transport: Transport.TCP, options: tcp };
  app.connectMicroservice(options, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: tcp });
  closing.push(async () => client.close());
  const faults = async () => {
    const text = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    return sampleOf(text, ERRORS, { component: 'trace_context' });
  };
  return { client, faults };
}

const claiming = (client: ClientProxy, traceparent: string) => {
  client.setOnDispatchHook((packet) => {
    packet.metadata = { traceparent };
  });
};

describe('messages', () => {
  const byNest = { provide: APP_INTERCEPTOR, useClass: MessageTraceInterceptor };
  const variants = {
    'an interceptor made in main.ts': () =>
      serve((it) => it.useGlobalInterceptors(new MessageTraceInterceptor())),
    'a hook made in main.ts': () => serve((it) => it.registerPreRequestHook(traceMessages())),
    'an interceptor that Nest makes': () => serve(() => undefined, [byNest]),
    'an interceptor of a hybrid application': () =>
      serveHybrid((it) => it.useGlobalInterceptors(new MessageTraceInterceptor())),
    'an interceptor that Nest makes for one': () => serveHybrid(() => undefined, [byNest]),
  };

  it.each(Object.entries(variants))(
    'Messages with %s are counted and judged by the rules of the application',
    async (_name, start) => {
      const { client, faults } = await start();
      claiming(client, 'nonsense');
      expect(await lastValueFrom(client.send('look', {}))).not.toBe(TRACE);
      expect(await faults()).toBe(1);
      claiming(client, CLAIM);
      expect(await lastValueFrom(client.send('look', {}))).toBe(TRACE);
      tracing.reset();
      await expect(lastValueFrom(client.send('refuse', {}))).rejects.toMatchObject({
        message: 'out of stock',
      });
      const [refused] = tracing.spans().filter((it) => it.kind === SpanKind.CONSUMER);
      expect(refused?.status.code).toBe(SpanStatusCode.UNSET);
    },
  );

  it('Messages of a sender that is not trusted begin a trace, linked to what was claimed', async () => {
    const options = { trustIncoming: () => false };
    const { client } = await serve(
      () => undefined,
      [{ provide: MESSAGE_TRACE_OPTIONS, useValue: options }, byNest],
    );
    claiming(client, CLAIM);
    expect(await lastValueFrom(client.send('look', {}))).not.toBe(TRACE);
    const [span] = tracing.spans();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.links.map((it) => it.context.spanId)).toEqual([CALLER]);
  });
});

describe('a client that the application provides', () => {
  // Keeps headers where RabbitMQ's client reads them, in a shape that takes none.
  const hostile = {
    pattern: 'orders',
    data: { id: 1 },
    options: { headers: 'text' },
  };
  const serializer = { serialize: () => hostile };
  const options = { urls: ['amqp://127.0.0.1:9'], queue: 'orders', serializer };
  const send = (client: ClientProxy) =>
    tracing.tracer.startActiveSpan('sender', (span) => {
      span.end();
      const { serializer: traced } = client as never as { serializer: typeof serializer };
      return traced.serialize();
    });

  it('A client that the application provides counts in the metrics what cannot take a trace context, however it was made', async () => {
    const config = { transport: Transport.RMQ, options } as const;
    const made = {
      provide: 'MADE',
      useFactory: () => tracedClient(ClientProxyFactory.create(config)),
    };
    @Module({
      imports: [
        ObservabilityModule.forRoot(),
        ClientsModule.register([{ name: 'REGISTERED', ...config }]),
      ],
      providers: [made],
    })
    class GatewayModule {}
    const app = await NestFactory.create(GatewayModule, { logger: false });
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    expect(traceClients(app)).toBe(2);
    for (const token of ['MADE', 'REGISTERED']) {
      expect(send(app.get<ClientProxy>(token))).toEqual(hostile);
    }
    const text = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(sampleOf(text, ERRORS, { component: 'trace_context' })).toBe(2);
  });
});
