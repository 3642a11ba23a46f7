import { Controller, Get, type INestApplication, Logger } from '@nestjs/common';
import type { RequestListener, Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpMetricsOptions, ObservabilityModule } from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { httpSeries, settledSeries } from './scrape.js';

Logger.overrideLogger(false);

@Controller('orders')
class OrdersController {
  @Get(':id')
  one(): string {
    return 'order';
  }
}

/** Replaces the listeners of the server, as Engine.IO does, and answers a poll when there is a message. */
class Engine {
  readonly polled: Promise<void>;
  answer: () => void = () => undefined;
  #poll: () => void = () => undefined;

  constructor() {
    this.polled = new Promise((resolve) => (this.#poll = resolve));
  }

  attach(app: INestApplication): void {
    const server = app.getHttpServer() as Server;
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/socket.io/') === true) {
        this.answer = () => void response.end('message');
        return this.#poll();
      }
      for (const it of listeners) it.call(server, request, response);
    });
  }
}

const POLL = '/socket.io/?EIO=4&transport=polling&t=abc';
let application: RunningApplication;
afterEach(() => application.close());

describe.each(platforms)('polls of socket.io on %s', (platform) => {
  const start = async (engine: Engine, http: HttpMetricsOptions = {}, isLate = false) => {
    application = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot({ http })],
      controllers: [OrdersController],
      configure: (app) => (isLate ? undefined : engine.attach(app)),
    });
    if (isLate) engine.attach(application.app);
  };

  it.each([false, true])(
    'Polls have no series, also while they are open, when the engine is attached late: %s',
    async (isLate) => {
      const engine = new Engine();
      await start(engine, {}, isLate);
      const answered = application.get(POLL);
      await engine.polled;
      expect((await application.get('/orders/1')).status).toBe(200);
      expect((await settledSeries(application, 1)).concurrent).toEqual({ GET: 0 });
      engine.answer();
      expect((await answered).text).toBe('message');
      expect((await application.get('/orders/2')).status).toBe(200);
      const { requests, durations } = await settledSeries(application, 2);
      expect(requests).toEqual({ 'GET /orders/:id 200': 2 });
      expect(durations).toEqual({ 'GET /orders/:id': 2 });
    },
  );

  it('Polls are an endpoint of their own with the option', async () => {
    const engine = new Engine();
    await start(engine, { polls: true });
    const answered = application.get(POLL);
    await engine.polled;
    expect((await httpSeries(application)).concurrent).toEqual({ GET: 1 });
    engine.answer();
    await answered;
    expect((await settledSeries(application, 1)).requests).toEqual({ 'GET engine.io 200': 1 });
  });

  it('Requests with the parameters of a poll count like all others', async () => {
    await start(new Engine());
    const query = '?EIO=4&transport=polling&t=abc';
    for (const path of ['/orders/1', '/nowhere']) await application.get(path + query);
    expect((await settledSeries(application, 2)).requests).toEqual({
      'GET /orders/:id 200': 1,
      'GET unmatched 404': 1,
    });
  });
});
