import { Body, Controller, type INestApplication, Logger, Post } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { settledSeries } from './scrape.js';

Logger.overrideLogger(false);

@Controller('notes')
class NotesController {
  @Post(':id')
  write(@Body() note: unknown): unknown {
    return note;
  }
}

let application: RunningApplication;
afterEach(() => application.close());

const start = async (
  platform: (typeof platforms)[number],
  configure: (app: INestApplication) => void = () => undefined,
) => {
  application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot()],
    controllers: [NotesController],
    configure,
  });
};

const post = (path: string, body: string) =>
  application.get(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

describe.each(platforms)('on %s, a request that never reaches its handler', (platform) => {
  const endpoint = '/notes/:id';

  it('A request that never reaches its handler counts when its body is malformed, and when it is too large', async () => {
    await start(platform);
    expect((await post('/notes/1', '{')).status).toBe(400);
    expect((await post('/notes/2?draft', JSON.stringify('x'.repeat(2_000_000)))).status).toBe(413);
    const { requests, durations } = await settledSeries(application, 2);
    expect(requests).toEqual({ [`POST ${endpoint} 400`]: 1, [`POST ${endpoint} 413`]: 1 });
    expect(durations).toEqual({ [`POST ${endpoint}`]: 2 });
  });

  it('A request that never reaches its handler counts with 499 when its client leaves in the middle of the body', async () => {
    await start(platform);
    // The library follows connections in another way once a response has been sent.
    await leaveInTheMiddle();
    await settledSeries(application, 1);
    expect((await post('/notes/1', '{}')).status).toBe(201);
    await leaveInTheMiddle();
    const { requests } = await settledSeries(application, 3);
    expect(requests).toEqual({ [`POST ${endpoint} 499`]: 2, [`POST ${endpoint} 201`]: 1 });
  });

  it('A request that never reaches its handler counts with 499 when its client leaves during a middleware', async () => {
    await start(platform, (app) => app.use(() => undefined));
    await leaveInTheMiddle();
    const { requests } = await settledSeries(application, 1);
    expect(requests).toEqual({ [`POST ${endpoint} 499`]: 1 });
  });

  async function leaveInTheMiddle(): Promise<void> {
    const { port, hostname } = new URL(application.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const head = 'POST /notes/1 HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: 100\r\n\r\n{"half":`);
    await settledInFlight();
    socket.destroy();
  }

  it('A request that never reaches its handler counts when CORS answers it', async () => {
    await start(platform, (app) => app.enableCors());
    const headers = { origin: 'http://elsewhere', 'access-control-request-method': 'POST' };
    expect((await application.get('/notes/1', { method: 'OPTIONS', headers })).status).toBe(204);
    const { requests } = await settledSeries(application, 1);
    expect(requests).toEqual({ 'OPTIONS unmatched 204': 1 });
  });
});

/** Waits until the request is being answered. */
async function settledInFlight(): Promise<void> {
  for (;;) {
    const text = await application.service.gather();
    if (text.includes('eventcore_requests_concurrent{method="POST"} 1')) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a hook of Fastify', () => {
  it('A hook of Fastify that answers does so for the route', async () => {
    await start('fastify', (app) => {
      (app as NestFastifyApplication)
        .getHttpAdapter()
        .getInstance()
        .addHook('onRequest', (_request, reply, _done) => void reply.code(401).send());
    });
    expect((await post('/notes/1', '{}')).status).toBe(401);
    expect((await application.get('/nowhere')).status).toBe(401);
    const { requests } = await settledSeries(application, 2);
    expect(requests).toEqual({ 'POST /notes/:id 401': 1, 'GET unmatched 401': 1 });
  });
});

describe('a request without a server that Nest knows', () => {
  it('A request without a server that Nest knows counts once when another server hands it to Express', async () => {
    await start('express');
    const express = (application.app as NestExpressApplication).getHttpAdapter().getInstance();
    const server: Server = createServer(express as RequestListener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/notes/1`, { method: 'POST' });
    await answer.text();
    const { requests, durations } = await settledSeries(application, 1);
    expect(requests).toEqual({ 'POST /notes/:id 201': 1 });
    expect(durations).toEqual({ 'POST /notes/:id': 1 });
    server.close();
    server.closeAllConnections();
  });

  it('A request without a server that Nest knows counts when it is injected into Fastify, matched or not', async () => {
    await start('fastify');
    const app = application.app as NestFastifyApplication;
    await app.inject({ method: 'POST', url: '/notes/1', payload: {} });
    await app.inject({ method: 'GET', url: '/nowhere' });
    const { requests } = await settledSeries(application, 2);
    expect(requests).toEqual({ 'POST /notes/:id 201': 1, 'GET unmatched 404': 1 });
  });
});
