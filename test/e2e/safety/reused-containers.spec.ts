import { get as httpGet } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication, Logger, Sse } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModule } from '@nestjs/testing';
import { concat, NEVER, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplicationDrain, type DrainOptions, ObservabilityModule } from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import { platforms, RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

@Controller('orders')
class OrdersController {
  @Get()
  list(): string[] {
    return ['one'];
  }

  @Sse('events')
  events() {
    return concat(of({ data: 'first' }), NEVER);
  }
}

type Platform = (typeof platforms)[number];

const open: INestApplication[] = [];

afterEach(async () => {
  for (const it of open.splice(0)) await it.close().catch(() => undefined);
});

function builderWith(drain: DrainOptions | false) {
  return Test.createTestingModule({
    imports: [ObservabilityModule.forRoot({ drain })],
    controllers: [OrdersController],
  });
}

async function listen(testing: TestingModule, platform: Platform): Promise<INestApplication> {
  const options = { logger: false } as const;
  const app =
    platform === 'express'
      ? testing.createNestApplication(options)
      : testing.createNestApplication(new FastifyAdapter(), options);
  open.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

const statusOf = async (app: INestApplication, path = '/orders') =>
  (await fetch((await app.getUrl()) + path)).status;

describe.each(platforms)('containers of %s that are used again', (platform) => {
  it.each([{}, false] as const)(
    'A testing builder that is compiled again after close() makes an application that answers, with drain %j',
    async (drain) => {
      const builder = builderWith(drain);
      const first = await listen(await builder.compile(), platform);
      expect(await statusOf(first)).toBe(200);
      await first.close();
      const second = await listen(await builder.compile(), platform);
      expect(await statusOf(second)).toBe(200);
      expect(await statusOf(second, '/health/ready')).toBe(200);
    },
  );

  it.each([{}, false] as const)(
    'The second application of a testing module answers after the first has closed, with drain %j',
    async (drain) => {
      const testing = await builderWith(drain).compile();
      const first = await listen(testing, platform);
      const second = await listen(testing, platform);
      expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
      await first.close();
      expect(await statusOf(second)).toBe(200);
    },
  );
});

it('The server of a closed application answers as it does without the library', async () => {
  const app = (await builderWith({}).compile()).createNestApplication({ logger: false });
  await app.init();
  await app.close();
  const server = app.getHttpServer() as import('node:http').Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect((await fetch(`http://127.0.0.1:${port}/orders`)).status).toBe(200);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

describe.each(platforms)('the end of an application on %s', (platform) => {
  const start = (drain: DrainOptions | false, return503OnClosing = false) =>
    RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ drain })],
      controllers: [OrdersController],
      platform,
      return503OnClosing,
    });

  it('An open event stream holds no shutdown up and is ended', async () => {
    const { app, url } = await start({ timeoutMs: 60_000 });
    open.push(app);
    const ended = new Promise<string>((resolve) => {
      const request = httpGet(`${url}/orders/events`, (response) => {
        response.once('data', () => {
          response.on('close', () => resolve('ended')).on('error', () => undefined);
          void app.close();
        });
      });
      request.on('error', () => undefined);
    });
    expect(await ended).toBe('ended');
    await app.close();
  });

  it.each([
    [{}, false, 200],
    [{}, true, 503],
    [{ newWork: 'finish' }, true, 200],
  ] as const)(
    'New requests while work is in flight, with drain %j and return503OnClosing %j, get %j',
    async (drain, closing, status) => {
      const running = await start(drain, closing);
      open.push(running.app);
      const application = running.app.get(ApplicationDrain);
      const release = application.hold('work');
      const closed = running.app.close();
      await poll(async () => (application.phase === 'draining' ? true : undefined), {
        what: 'draining',
        timeoutMs: 5_000,
      });
      expect((await running.get('/orders')).status).toBe(status);
      release();
      await closed;
    },
  );
});
