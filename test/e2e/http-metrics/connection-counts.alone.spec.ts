import { Controller, Get, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ObservabilityModule, ObservabilityService } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { platforms, RunningApplication } from '../module/running-application.js';

@WebSocketGateway({ path: '/live' })
class LiveGateway {}

@Controller()
class HelloController {
  @Get('hello')
  hello(): string {
    return 'hello';
  }
}

const REQUEST = 'GET /hello HTTP/1.1\r\nHost: test\r\n\r\n';

/** Reads the numbers of connections without a connection of its own. */
function readerOf(app: INestApplication) {
  const service = app.get(ObservabilityService, { strict: false });
  const read = async (name: string, labels: Record<string, string>) =>
    sampleOf(await service.gather(), `eventcore_${name}`, labels);
  const active = (protocol: string) => read('connections_active', { protocol });
  return {
    active,
    total: (protocol: string, result = 'accepted') =>
      read('connections_total', { protocol, result }),
    errors: (protocol: string, type: string) =>
      read('connection_errors_total', { protocol, error_type: type }),
    threads: async () => (await read('threads_active', {})) ?? Number.NaN,
    untilActive: (protocol: string, count: number) =>
      poll(async () => ((await active(protocol)) === count ? true : undefined), {
        what: `${count} connections by ${protocol}`,
        timeoutMs: 10_000,
      }),
  };
}

const serverOf = (app: INestApplication) => app.getHttpServer() as Server;
const portOf = (app: INestApplication) => (serverOf(app).address() as AddressInfo).port;

async function open(app: INestApplication): Promise<Socket> {
  const socket = connect(portOf(app), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe.each(platforms)('connections to %s', (platform) => {
  let app: INestApplication;
  let seen: ReturnType<typeof readerOf>;

  beforeEach(async () => {
    ({ app } = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot()],
      controllers: [HelloController],
      providers: [LiveGateway],
      configure: (it) => it.useWebSocketAdapter(new WsAdapter(it)),
    }));
    seen = readerOf(app);
  });
  afterEach(() => app.close());

  it('A connection counts once, however many requests it has, and not once it is closed', async () => {
    expect([await seen.active('http'), await seen.total('http')]).toEqual([0, 0]);
    const sockets = [await open(app), await open(app), await open(app)];
    for (const socket of sockets) {
      for (let i = 0; i < 4; i++) {
        socket.write(REQUEST);
        await once(socket, 'data');
      }
    }
    expect([await seen.active('http'), await seen.total('http')]).toEqual([3, 3]);
    for (const it of sockets) it.destroy();
    await seen.untilActive('http', 0);
    expect(await seen.total('http')).toBe(3);
  });

  it('A WebSocket counts as such while it is open, and no more as a connection of HTTP', async () => {
    const sockets = [1, 2].map(() => new WebSocket(`ws://127.0.0.1:${portOf(app)}/live`));
    await Promise.all(sockets.map((it) => once(it, 'open')));
    expect([await seen.active('websocket'), await seen.active('http')]).toEqual([2, 0]);
    expect([await seen.total('websocket'), await seen.total('http')]).toEqual([2, 2]);
    for (const it of sockets) it.close();
    await seen.untilActive('websocket', 0);
    expect(await seen.total('websocket')).toBe(2);
  });

  it('A connection beyond the limit of the server is refused, and one that is reset is an error', async () => {
    const first = await open(app);
    first.write(REQUEST);
    await once(first, 'data');
    serverOf(app).maxConnections = 1;
    await once(await open(app), 'close');
    expect([await seen.total('http'), await seen.total('http', 'refused')]).toEqual([1, 1]);
    first.resetAndDestroy();
    await seen.untilActive('http', 0);
    expect(await seen.errors('http', 'ECONNRESET')).toBe(1);
  });

  it.runIf(process.platform === 'linux')('Threads count while a worker runs', async () => {
    const before = await seen.threads();
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    const until = (isSo: (threads: number) => boolean) =>
      poll(async () => (isSo(await seen.threads()) ? true : undefined), {
        what: 'a reading of the threads, which are counted once a second',
        timeoutMs: 10_000,
      });
    await until((it) => it > before);
    const during = await seen.threads();
    await worker.terminate();
    expect(await until((it) => it < during)).toBe(true);
  });
});

it('A session of HTTP/2 is one connection for all of its streams', async () => {
  const testing = await Test.createTestingModule({
    imports: [ObservabilityModule.forRoot()],
    controllers: [HelloController],
  }).compile();
  const adapter = new FastifyAdapter({ http2: true } as never);
  const app = testing.createNestApplication(adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  const seen = readerOf(app);
  const session = connectHttp2(`http://127.0.0.1:${portOf(app)}`);
  const streams = [1, 2, 3].map(() => session.request({ ':path': '/hello' }).resume());
  await Promise.all(streams.map((it) => once(it, 'close')));
  expect([await seen.active('http2'), await seen.total('http2')]).toEqual([1, 1]);
  session.close();
  await seen.untilActive('http2', 0);
  expect([await seen.active('http'), await seen.total('http2')]).toEqual([undefined, 1]);
  await app.close();
});
