import { connect } from 'node:http2';
import { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Controller, Get, Module, Res } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { subscribe, channel } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import type { MetricsExporter } from '../../../lib/metrics/index.js';
import { poll } from '../../system/poll.js';
import { platforms } from '../module/running-application.js';
import { expectNothingUnhandled, settled } from './hostile-values.js';

@Controller()
class Orders {
  @Get('orders/:id')
  order(): string {
    return 'order';
  }

  @Get('hanging')
  hanging(@Res() _response: unknown): void {
    // Never answers.
  }
}

@Module({
  controllers: [Orders],
  imports: [ObservabilityModule.forRoot({ drain: { timeoutMs: 300 } })],
})
class Shop {}

@Module({ controllers: [Orders] })
class Plain {}

async function sample(service: ObservabilityService, line: string): Promise<number | undefined> {
  const found = (await service.gather()).split('\n').find((it) => it.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

/** What adapters for serverless platforms make: a response that finishes and is never closed. */
function exchange(path: string): [IncomingMessage, ServerResponse] {
  const noSocket = { readable: false, end: () => undefined, destroy: () => undefined };
  const request = new IncomingMessage(noSocket as unknown as Socket);
  Object.assign(request, { method: 'GET', url: path, headers: { host: 'lambda' }, complete: true });
  request.push(null);
  const response = new ServerResponse(request);
  const sink = {
    _writableState: {},
    writable: true,
    on: () => undefined,
    removeListener: () => undefined,
    destroy: () => undefined,
    cork: () => undefined,
    uncork: () => undefined,
    write: (_data: unknown, encoding: unknown, done?: unknown) => {
      const written = typeof encoding === 'function' ? encoding : done;
      if (typeof written === 'function') (written as () => void)();
      return true;
    },
  };
  response.assignSocket(sink as unknown as Socket);
  return [request, response];
}

/** Response of an adapter that resolves a promise in `end()` instead of emitting events. */
class SilentResponse extends ServerResponse {
  readonly #ended: (value: undefined) => void;

  constructor(request: IncomingMessage, ended: (value: undefined) => void) {
    super(request);
    this.#ended = ended;
  }

  override end(): this {
    this.#ended(undefined);
    return this;
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const ORDERS = 'eventcore_api_requests_total{method="GET",endpoint="/orders/:id",status="200"}';
const IN_PROGRESS = 'eventcore_requests_concurrent{method="GET"}';

describe('requests', () => {
  expectNothingUnhandled();

  it.each(platforms)(
    'A response that finishes without a server is counted and held no longer on %s',
    async (platform) => {
      const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
      const app =
        platform === 'express'
          ? testing.createNestApplication({ logger: false })
          : testing.createNestApplication(new FastifyAdapter(), { logger: false });
      await app.init();
      if (platform === 'fastify')
        await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
      const instance = app.getHttpAdapter().getInstance() as {
        (request: unknown, response: unknown): void;
        routing?(request: unknown, response: unknown): void;
      };
      const handle = platform === 'express' ? instance : instance.routing!;
      for (let i = 0; i < 3; i++) {
        const [request, response] = exchange(`/orders/${i}`);
        const finished = once(response, 'finish');
        handle(request, response);
        await finished;
      }
      const service = app.get(ObservabilityService);
      expect(
        await sample(
          service,
          'eventcore_api_requests_total{method="GET",endpoint="/orders/:id",status="200"}',
        ),
      ).toBe(3);
      expect(await sample(service, 'eventcore_requests_concurrent{method="GET"}')).toBe(0);
      const startedMs = performance.now();
      await app.close();
      expect(performance.now() - startedMs).toBeLessThan(250);
    },
  );

  it('A response of an adapter that emits nothing when it ends is counted and held no longer', async () => {
    const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    const instance = app.getHttpAdapter().getInstance() as Handle;
    for (let i = 0; i < 3; i++) {
      const [request] = exchange(`/orders/${i}`);
      await new Promise((resolve) => instance(request, new SilentResponse(request, resolve)));
    }
    const service = app.get(ObservabilityService);
    expect(await sample(service, ORDERS)).toBe(3);
    expect(await sample(service, 'eventcore_requests_concurrent{method="GET"}')).toBe(0);
    const startedMs = performance.now();
    await app.close();
    expect(performance.now() - startedMs).toBeLessThan(250);
  });

  it('Requests of inject() are counted once each and held no longer on Fastify', async () => {
    const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
    const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
      logger: false,
    });
    await app.init();
    for (let i = 0; i < 3; i++) expect((await app.inject(`/orders/${i}`)).statusCode).toBe(200);
    const service = app.get(ObservabilityService);
    expect(await sample(service, ORDERS)).toBe(3);
    expect(await sample(service, 'eventcore_requests_concurrent{method="GET"}')).toBe(0);
    await app.close();
  });

  it('A request without a server that never ends holds up the shutdown for a second at most', async () => {
    const drain = { timeoutMs: 10_000 };
    const imports = [ObservabilityModule.forRoot({ drain })];
    const testing = await Test.createTestingModule({ imports, controllers: [Orders] }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    const [request, response] = exchange('/hanging');
    (app.getHttpAdapter().getInstance() as Handle)(request, response);
    const startedMs = performance.now();
    await app.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(response.writableEnded).toBe(false);
  });

  it('A request whose response is dropped leaves the gauge of requests in progress', async () => {
    const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    const drop = () => (app.getHttpAdapter().getInstance() as Handle)(...exchange('/hanging'));
    drop();
    const service = app.get(ObservabilityService);
    expect(await sample(service, IN_PROGRESS)).toBe(1);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await poll(
      async () => {
        collect();
        return (await sample(service, IN_PROGRESS)) === 0 ? true : undefined;
      },
      { what: 'the end of a dropped request', timeoutMs: 10_000 },
    );
    await app.close();
  });

  it('HEAD over HTTP/2 is counted like over HTTP/1.1', async () => {
    const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
    const adapter = new FastifyAdapter({ http2: true } as never);
    const app = testing.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    const client = connect(await app.getUrl());
    for (const method of ['HEAD', 'GET', 'HEAD']) {
      const stream = client.request({ ':method': method, ':path': '/orders/7' });
      stream.resume();
      await once(stream, 'close');
    }
    client.close();
    await settled();
    const service = app.get(ObservabilityService);
    const counted = (method: string) =>
      sample(
        service,
        `eventcore_api_requests_total{method="${method}",endpoint="/orders/:id",status="200"}`,
      );
    expect(await counted('HEAD')).toBe(2);
    expect(await counted('GET')).toBe(1);
    expect(await sample(service, 'eventcore_requests_concurrent{method="HEAD"}')).toBe(0);
    await app.close();
  });
});

describe('a flush', () => {
  expectNothingUnhandled();

  it('A flush exports what has been counted and survives an exporter that fails', async () => {
    const exported: number[] = [];
    const push = { intervalMs: 3_600_000, timeoutMs: 1_000 };
    const counting: MetricsExporter = {
      name: 'counting',
      open: () => ({
        ...push,
        export: (snapshot) => {
          const metric = snapshot.metrics.find((it) => it.definition.name === 'shop_sold_total');
          exported.push(metric?.blocks[0]?.values[0] ?? -1);
          return Promise.resolve();
        },
      }),
    };
    const failing: MetricsExporter = {
      name: 'failing',
      open: () => ({ ...push, export: () => Promise.reject(new Error('unreachable')) }),
    };
    const imports = [ObservabilityModule.forRoot({ exporters: [counting, failing] })];
    const testing = await Test.createTestingModule({ imports }).compile();
    const app = testing.createNestApplication({ logger: false });
    await app.init();
    const service = app.get(ObservabilityService);
    const sold = service.counter({ name: 'shop_sold_total', help: 'Sold.' });
    sold.inc(3);
    await Promise.all([service.flush(), service.flush()]);
    sold.inc(4);
    await service.flush();
    expect(exported).toEqual([3, 7]);
    await app.close();
    await service.flush();
    expect(exported).toEqual([3, 7, 7]);
  });
});

describe('an observation that comes too late', () => {
  expectNothingUnhandled();

  it('A module that is loaded lazily on a Fastify application that listens does not end the process', async () => {
    const testing = await Test.createTestingModule({ imports: [Plain] }).compile();
    const app = testing.createNestApplication(new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    const loaded = await app.get(LazyModuleLoader).load(() => Shop, { logger: false });
    expect(loaded.get(ObservabilityService, { strict: false })).toBeInstanceOf(
      ObservabilityService,
    );
    const answer = await fetch(`${await app.getUrl()}/orders/1`);
    expect(await answer.text()).toBe('order');
    await app.close();
  });

  it('A testing builder that is compiled twice serves with both of its applications', async () => {
    const builder = Test.createTestingModule({ imports: [Shop] });
    const apps = [];
    for (let i = 0; i < 2; i++) {
      const app = (await builder.compile()).createNestApplication(new FastifyAdapter(), {
        logger: false,
      });
      await app.listen(0, '127.0.0.1');
      const answer = await fetch(`${await app.getUrl()}/orders/1`);
      expect(await answer.text()).toBe('order');
      apps.push(app);
    }
    for (const app of apps) await app.close();
  });

  it('A second init of an application changes nothing', async () => {
    const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
    const app = testing.createNestApplication(new FastifyAdapter(), { logger: false });
    await app.init();
    await app.init();
    await app.listen(0, '127.0.0.1');
    expect((await fetch(`${await app.getUrl()}/orders/1`)).status).toBe(200);
    await app.close();
  });

  it.each([undefined, null, 'text', {}, { response: null, socket: null }])(
    'A foreign message %j on the channels of Node does not end the process',
    async (message) => {
      const testing = await Test.createTestingModule({ imports: [Shop] }).compile();
      const app = testing.createNestApplication({ logger: false });
      await app.listen(0, '127.0.0.1');
      const finish = channel('http.server.response.finish');
      subscribe('http.server.response.finish', () => undefined);
      finish.publish(message);
      await settled();
      expect((await fetch(`${await app.getUrl()}/orders/1`)).status).toBe(200);
      await app.close();
    },
  );
});
