import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Controller, Get, type INestApplication, Module, Post, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { concat, NEVER, type Observable, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type DrainOptions, ObservabilityModule } from '../../../lib/index.js';
import { Lifecycle } from '../../../lib/module/lifecycle.js';
import { platforms } from '../module/running-application.js';
import { expectNothingUnhandled } from './hostile-values.js';

class Gate {
  open!: () => void;
  reach!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));
}

let gate = new Gate();

@Controller()
class Orders {
  @Get('fine')
  fine(): string {
    return 'fine';
  }

  @Get('held')
  async held(): Promise<string> {
    gate.reach();
    await gate.opened;
    return 'held';
  }

  @Sse('events')
  events(): Observable<object> {
    gate.reach();
    return concat(of({ data: 'first' }), NEVER);
  }

  @Post('orders')
  place(): string {
    return 'placed';
  }
}

@Module({ controllers: [Orders] })
class Shop {}

interface Setting {
  readonly platform: (typeof platforms)[number];
  readonly drain?: DrainOptions | false;
  readonly tls?: boolean;
  readonly forceCloseConnections?: boolean;
  readonly prometheus?: { readonly port: 0; readonly host: string };
  /** Called before the application starts. */
  readonly attach?: () => void;
}

/** Longer than any test: what ends before, does not wait for the limit. */
const LONG: DrainOptions = { timeoutMs: 120_000 };
const SHORT: DrainOptions = { timeoutMs: 200, flushTimeoutMs: 100 };

const clients: Socket[] = [];
let app: INestApplication;

afterEach(async () => {
  gate.open();
  gate = new Gate();
  for (const it of clients.splice(0)) it.destroy();
  await app.close();
});

async function start({ platform, drain = LONG, prometheus, tls, attach, ...nest }: Setting) {
  const options = { drain, ...(prometheus && { prometheus }) };
  const shop = { module: Shop, imports: [ObservabilityModule.forRoot(options)] };
  // No certificate: no handshake of these tests ends.
  const common = { ...nest, logger: false } as const;
  app =
    platform === 'express'
      ? await NestFactory.create(shop, { ...common, ...(tls && { httpsOptions: {} }) })
      : await NestFactory.create(shop, new FastifyAdapter(tls ? { https: {} } : {}), common);
  attach?.();
  await app.listen(0, '127.0.0.1');
}

const serverOf = () => app.getHttpServer() as Server;

/** Opens a connection; the server has it and has read what is sent on it. */
async function dial(sent = ''): Promise<Socket> {
  const accepted = once(serverOf(), 'connection') as Promise<[Socket]>;
  const client = connect((serverOf().address() as AddressInfo).port, '127.0.0.1');
  clients.push(client.on('error', () => undefined));
  client.write(sent, 'latin1');
  const [served] = await accepted;
  while (served.bytesRead < sent.length) await turn();
  return client;
}

/** Opens a connection that has answered one request and is kept. */
async function keep(): Promise<Socket> {
  const client = await dial('GET /fine HTTP/1.1\r\nHost: here\r\n\r\n');
  await once(client, 'data');
  return client;
}

/** Attaches what holds the requests of a path open, in the way of Engine.IO: it replaces the listeners of the server. */
function attachPolls(): void {
  const server = serverOf();
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/socket.io/') === true) return void gate.reach();
    for (const it of listeners) it.call(server, request, response);
  });
}

const poll = () =>
  dial('GET /socket.io/?EIO=4&transport=polling&sid=1 HTTP/1.1\r\nHost: here\r\n\r\n');
const listen = () => dial('GET /events HTTP/1.1\r\nHost: here\r\n\r\n');

/** Closes the application; true when the connection has ended, too. */
async function closesWith(client: Socket): Promise<boolean> {
  // A connection that is never read does not notice its end.
  const over = client.closed ? undefined : once(client.resume(), 'close');
  await app.close();
  await over;
  return client.closed;
}

const CUT_REQUEST = 'POST /orders HTTP/1.1\r\nHost: here\r\nContent-Le';
const CUT_BODY =
  'POST /orders HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"a"';

describe.each(platforms)('connections that a client leaves on %s', (platform) => {
  expectNothingUnhandled();

  it.each([
    ['A connection on which nothing was sent', () => dial()],
    ['A connection on which half a request was sent', () => dial(CUT_REQUEST)],
    ['A kept connection without a request', keep],
  ])(`%s does not delay the shutdown on ${platform}`, async (_title, open) => {
    await start({ platform });
    expect(await closesWith(await open())).toBe(true);
  });

  it.each([
    ['did not begin', ''],
    ['stopped within its first message', '\u0016\u0003\u0001\u0002\u0000\u0001'],
  ])(`A TLS handshake that %s does not delay the shutdown on ${platform}`, async (_title, sent) => {
    await start({ platform, tls: true });
    expect(await closesWith(await dial(sent))).toBe(true);
  });

  it.each([
    ['half a request after an answered one', keep, CUT_REQUEST],
    ['a request without the rest of its body', () => dial(CUT_BODY), ''],
  ])(
    `A connection with %s is closed at the limit of the drain on ${platform}`,
    async (_title, open, sent) => {
      await start({ platform, drain: SHORT });
      const client = await open();
      client.write(sent);
      expect(await closesWith(client)).toBe(true);
    },
  );

  it(`A request that began before the server closed is answered on ${platform}`, async () => {
    await start({ platform, drain: { timeoutMs: 0, flushTimeoutMs: LONG.timeoutMs! } });
    const client = await dial('GET /held HTTP/1.1\r\nHost: here\r\n\r\n');
    const closing = app.close();
    await gate.reached;
    while (serverOf().listening) await turn();
    gate.open();
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    await closing;
  });

  it(`The option forceCloseConnections closes every connection at once on ${platform}`, async () => {
    await start({ platform, forceCloseConnections: true });
    const client = await keep();
    client.write(CUT_REQUEST);
    expect(await closesWith(client)).toBe(true);
  });

  it.each([
    ['An event stream', true, listen],
    ['An event stream', false, listen],
    ['A poll', true, poll],
    ['A poll', false, poll],
  ])(
    `%s holds no shutdown up with forceCloseConnections: %s on ${platform}`,
    async (_title, forceCloseConnections, open) => {
      await start({ platform, forceCloseConnections, attach: attachPolls });
      const client = await open();
      await gate.reached;
      expect(await closesWith(client)).toBe(true);
    },
  );

  it(`Connections are left alone without a drain on ${platform}`, async () => {
    await start({ platform, drain: false });
    const client = await dial();
    let isClosed = false;
    const closing = app.close().then(() => (isClosed = true));
    while (serverOf().listening) await turn();
    for (let i = 0; i < 20; i++) await turn();
    expect([isClosed, client.resume().closed]).toEqual([false, false]);
    client.destroy();
    await closing;
  });

  it.each([
    ['on which nothing was sent', ''],
    ['on which half a request was sent', 'GET /metrics HTTP/1.1\r\nHo'],
  ])(
    `A connection to the metrics port %s does not delay the shutdown on ${platform}`,
    async (_title, sent) => {
      await start({ platform, prometheus: { port: 0, host: '127.0.0.1' } });
      const { metricsPort } = app.get(Lifecycle, { strict: false });
      const client = connect(metricsPort!, '127.0.0.1').on('error', () => undefined);
      clients.push(client);
      await once(client, 'connect');
      client.write(sent);
      expect(await closesWith(client)).toBe(true);
    },
  );
});
