import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Param,
  Post,
  Sse,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { delay, NEVER, Observable, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { traceContext } from '../../../lib/tracing/http/trace-context-middleware.js';
import { correlationOf } from '../../../lib/tracing/context/correlation.js';
import { poll } from '../../system/poll.js';
import { recordedFaults } from '../../unit/tracing/context/recorded-faults.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const SAMPLED = `00-${TRACE}-${CALLER}-01`;
const UNSAMPLED = `00-${TRACE}-${CALLER}-00`;

let tracing: ReturnType<typeof registerTracing>;

function seen() {
  const spanContext = trace.getSpanContext(context.active());
  return {
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    traceFlags: spanContext?.traceFlags,
    traceState: spanContext?.traceState?.serialize(),
    ...correlationOf(context.active()),
  };
}

let hangingStarted: () => void = () => undefined;

@Controller('orders')
class OrdersController {
  @Get(':id')
  async one(@Param('id') id: string) {
    await Promise.resolve();
    if (id === 'forbidden') throw new ForbiddenException();
    if (id === 'broken') throw new Error('disk on fire');
    return seen();
  }

  @Post()
  create(@Body() body: { item: string }): Observable<object> {
    // Emitted later, by a timer that belongs to the request.
    return new Observable<object>((subscriber) =>
      of(body)
        .pipe(delay(1))
        .subscribe(() => {
          subscriber.next({ ...seen(), item: body.item });
          subscriber.complete();
        }),
    );
  }

  @Get('hanging/call')
  hang(): Promise<never> {
    hangingStarted();
    return new Promise(() => undefined);
  }

  @Sse('events/all')
  events(): Observable<never> {
    hangingStarted();
    return NEVER;
  }

  @Get('child/span')
  child() {
    return tracing.tracer.startActiveSpan('command PlaceOrder', (span) => {
      span.end();
      return seen();
    });
  }
}

const options = { ignore: (path: string) => path === '/orders/ignored' };

@Module({ controllers: [OrdersController] })
class BareModule {}

@Module({ controllers: [OrdersController] })
class ConfiguredModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(traceContext(options)).forRoutes('{*path}');
  }
}

const adapters = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
};

async function start(
  adapter: keyof typeof adapters,
  prepare: (app: INestApplication) => void = (app) => app.use(traceContext(options)),
  module: object = BareModule,
): Promise<INestApplication> {
  const app = await NestFactory.create(module as never, adapters[adapter]() as never, {
    logger: false,
    forceCloseConnections: true,
  });
  prepare(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

const configured = (adapter: keyof typeof adapters) =>
  start(adapter, () => undefined, ConfiguredModule);

async function call(app: INestApplication, path: string, init: RequestInit = {}) {
  const response = await fetch(`${await app.getUrl()}${path}`, init);
  return { status: response.status, body: (await response.json()) as ReturnType<typeof seen> };
}

function serverSpans() {
  return tracing.spans().filter((it) => it.kind === SpanKind.SERVER);
}

/** The answer reaches the client a little before the response of the server has finished. */
function serverSpan() {
  return poll(async () => serverSpans()[0], { what: 'a SERVER span', timeoutMs: 5000 });
}

beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

describe.each([
  ['Express', 'app.use', () => start('Express')],
  ['Express', 'MiddlewareConsumer', () => configured('Express')],
  ['Fastify', 'app.use', () => start('Fastify')],
  ['Fastify', 'MiddlewareConsumer', () => configured('Fastify')],
] as const)('on %s with %s', (_adapter, _how, startApp) => {
  let app: INestApplication;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('A handler runs in a SERVER span that is a child of the caller', async () => {
    const headers = { traceparent: SAMPLED, tracestate: '1st=a,rojo=b', 'x-correlation-id': 'c-1' };
    const { body } = await call(app, '/orders/7?token=secret', { headers });
    const span = await serverSpan();
    expect(body).toMatchObject({
      traceId: TRACE,
      spanId: span.spanContext().spanId,
      traceFlags: 1,
      traceState: '1st=a,rojo=b',
      correlationId: 'c-1',
    });
    expect(span.parentSpanContext).toMatchObject({ spanId: CALLER, isRemote: true });
    expect(span.name).toBe('GET /orders/:id');
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/orders/:id',
      'url.path': '/orders/7',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
    });
    expect(JSON.stringify(span.attributes)).not.toContain('secret');
  });

  it('Spans of the handler are children of the SERVER span', async () => {
    await call(app, '/orders/child/span');
    const server = await serverSpan();
    const child = tracing.spans().find((it) => it.name === 'command PlaceOrder');
    expect(child?.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect(server.parentSpanContext).toBeUndefined();
  });

  it('An Observable and a parsed body keep the context', async () => {
    const headers = { traceparent: SAMPLED, 'content-type': 'application/json' };
    const body = JSON.stringify({ item: 'book' });
    const answer = await call(app, '/orders', { method: 'POST', headers, body });
    expect(answer.body).toMatchObject({ traceId: TRACE, item: 'book' });
    expect((await serverSpan()).name).toBe('POST /orders');
  });

  it('A caller that is not sampled is followed, and nothing is recorded', async () => {
    const { body } = await call(app, '/orders/7', { headers: { traceparent: UNSAMPLED } });
    expect(body).toMatchObject({ traceId: TRACE, traceFlags: 0 });
    expect(serverSpans()).toEqual([]);
  });

  it('A malformed traceparent begins a trace', async () => {
    const headers = { traceparent: SAMPLED.toUpperCase() };
    const { status, body } = await call(app, '/orders/7', { headers });
    expect(status).toBe(200);
    expect(body.traceId).not.toBe(TRACE);
    expect((await serverSpan()).parentSpanContext).toBeUndefined();
  });

  it('A rejection is no error, a failure is', async () => {
    await call(app, '/orders/forbidden');
    expect(await serverSpan()).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'http.response.status_code': 403 },
    });
    tracing.reset();
    await call(app, '/orders/broken');
    expect(await serverSpan()).toMatchObject({
      name: 'GET /orders/:id',
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'http.response.status_code': 500, 'error.type': '500' },
    });
  });

  it('The name of a request that no route matches has no path in it', async () => {
    const { status } = await call(app, '/nowhere/4711');
    expect(status).toBe(404);
    const { name } = await serverSpan();
    expect(name).not.toContain('4711');
  });

  it('A request that is ignored has no span', async () => {
    const { body } = await call(app, '/orders/ignored?because=x');
    expect(body.traceId).toBeUndefined();
    expect(serverSpans()).toEqual([]);
  });

  it.each([
    ['/orders/hanging/call', SpanStatusCode.ERROR],
    ['/orders/events/all', SpanStatusCode.UNSET],
  ])('A client that goes away ends the span: %s', async (path, code) => {
    const started = new Promise<void>((resolve) => {
      hangingStarted = resolve;
    });
    const request = httpRequest(`${await app.getUrl()}${path}`).end();
    request.on('error', () => undefined);
    if (path.includes('events')) await once(request, 'response');
    await started;
    request.destroy();
    const span = await serverSpan();
    expect(span.name).toBe(`GET ${path}`);
    expect(span.status.code).toBe(code);
  });
});

describe.each(['Express', 'Fastify'] as const)('on %s', (adapter) => {
  it('Without a span of its own, a request has the caller as parent', async () => {
    const app = await start(adapter, (it) => it.use(traceContext({ span: false })));
    const headers = { traceparent: SAMPLED };
    const { body } = await call(app, '/orders/child/span', { headers });
    const [child] = tracing.spans();
    expect(body.traceId).toBe(TRACE);
    expect(child?.parentSpanContext?.spanId).toBe(CALLER);
    expect(serverSpans()).toEqual([]);
    await app.close();
  });

  it('Nothing is done where an instrumentation has a span already, our own included', async () => {
    const app = await start(adapter, (it) => {
      it.use(traceContext());
      it.use(traceContext());
    });
    await call(app, '/orders/7');
    await serverSpan();
    await app.close();
    expect(serverSpans()).toHaveLength(1);
  });

  it('Malformed headers and an ignore hook that throws are counted and change nothing', async () => {
    const { faults, counted } = recordedFaults();
    const ignore = () => {
      throw new Error('hook');
    };
    const app = await start(adapter, (it) => it.use(traceContext({ ignore, faults })));
    expect((await call(app, '/orders/7')).status).toBe(200);
    expect(counted).toEqual(['http_context']);
    await app.close();
    const other = await start(adapter, (it) => it.use(traceContext({ faults })));
    await call(other, '/orders/7', { headers: { traceparent: 'rubbish' } });
    expect(counted).toEqual(['http_context', 'trace_context']);
    await other.close();
  });

  it('Without an SDK, requests are answered as before', async () => {
    await tracing.stop();
    propagation.disable();
    const app = await start(adapter);
    expect(await call(app, '/orders/7', { headers: { traceparent: SAMPLED } })).toMatchObject({
      status: 200,
    });
    await app.close();
  });
});
