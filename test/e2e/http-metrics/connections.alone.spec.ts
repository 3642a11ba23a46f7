import { Controller, Get, Logger } from '@nestjs/common';
import { hasSubscribers } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { ApplicationDrain, ObservabilityModule } from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { AnswersController, hanging, OrdersController } from './routes.controller.js';
import { httpSeries, settledSeries } from './scrape.js';

Logger.overrideLogger(false);

describe.each(platforms)('a connection to %s', (platform) => {
  let application: RunningApplication;
  let clock: ManualClock;
  const warnings: Error[] = [];
  const warned = (it: Error) => void warnings.push(it);
  process.on('warning', warned);
  afterAll(() => void process.off('warning', warned));

  beforeEach(async () => {
    clock = new ManualClock();
    application = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot({ clock })],
      controllers: [OrdersController, AnswersController],
    });
    // Once the server has been heard of, further requests have no listener of their own.
    await fetch(`${application.url}/metrics`);
  });
  afterEach(() => application.close());

  const begun = () =>
    new Promise<void>((resolve) => {
      hanging.begun = resolve;
    });

  async function openSocket(): Promise<Socket> {
    const { port } = application.app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  const line = (path: string) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;

  it('A connection leaves nothing in the process when the application has closed', async () => {
    await fetch(`${application.url}/orders/1`);
    expect(hasSubscribers('http.server.response.finish')).toBe(true);
    await application.close();
    expect(hasSubscribers('http.server.response.finish')).toBe(false);
  });

  it('A connection with an answer under way is closed after that, also where nothing is measured', async () => {
    let answer = (_text: string): void => undefined;
    @Controller('held')
    class HeldController {
      @Get()
      get(): Promise<string> {
        hanging.begun();
        return new Promise((resolve) => {
          answer = resolve;
        });
      }
    }
    await application.close();
    application = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot({ http: false })],
      controllers: [HeldController],
    });
    const waiting = begun();
    const response = fetch(`${application.url}/held`);
    await waiting;
    const leaving = once(application.app.get(ApplicationDrain).signal, 'abort');
    const closing = application.close();
    await leaving;
    answer('at last');
    // Without that, Node waits for the client to go, for as long as a connection may idle.
    expect((await response).headers.get('connection')).toBe('close');
    await closing;
  });

  it('A connection that the client closes before the answer ends its request with 499', async () => {
    const waiting = begun();
    const request = httpRequest(`${application.url}/answers/hang`).end();
    request.on('error', () => undefined);
    await waiting;
    expect((await httpSeries(application)).concurrent).toEqual({ GET: 1 });
    clock.advance(3_000);
    request.destroy();
    const series = await settledSeries(application, 1);
    expect(series).toEqual({
      requests: { 'GET /answers/hang 499': 1 },
      durations: { 'GET /answers/hang': 1 },
      seconds: { 'GET /answers/hang': 3 },
      concurrent: { GET: 0 },
    });
  });

  it('A connection that the client closes while it is sent events ends a request that was answered', async () => {
    const waiting = begun();
    const request = httpRequest(`${application.url}/answers/endless`).end();
    request.on('error', () => undefined);
    await Promise.all([once(request, 'response'), waiting]);
    clock.advance(60_000);
    expect((await httpSeries(application)).concurrent).toEqual({ GET: 1 });
    request.destroy();
    const series = await settledSeries(application, 1);
    expect(series.requests).toEqual({ 'GET /answers/endless 200': 1 });
    expect(series.seconds).toEqual({ 'GET /answers/endless': 60 });
  });

  it('A connection that the handler destroys ends its request with 499', async () => {
    const request = httpRequest(`${application.url}/answers/cut`).end();
    await once(request, 'error');
    expect((await settledSeries(application, 1)).requests).toEqual({ 'GET /answers/cut 499': 1 });
  });

  it('A connection with requests one after the other counts each of them', async () => {
    const socket = await openSocket();
    for (let i = 0; i < 5; i++) {
      socket.write(line(`/orders/${i}`));
      await once(socket, 'data');
    }
    const series = await settledSeries(application, 5);
    expect(series.requests).toEqual({ 'GET /orders/:id 200': 5 });
    socket.destroy();
  });

  it('A connection with requests in a row counts each of them', async () => {
    const socket = await openSocket();
    socket.write(Array.from({ length: 30 }, (_, i) => line(`/orders/${i}`)).join(''));
    const series = await settledSeries(application, 30);
    expect(series.requests).toEqual({ 'GET /orders/:id 200': 30 });
    socket.destroy();
    await once(socket, 'close');
    expect((await httpSeries(application)).requests).toEqual({ 'GET /orders/:id 200': 30 });
  });

  it('A connection that closes with requests behind a slow one leaves none of them in flight', async () => {
    const waiting = begun();
    const socket = await openSocket();
    const behind = Array.from({ length: 30 }, (_, i) => line(`/orders/${i}`)).join('');
    socket.write(line('/answers/hang') + behind);
    await waiting;
    await poll(async () => (await httpSeries(application)).concurrent['GET'] === 31 || undefined, {
      what: '31 requests in flight',
      timeoutMs: 5000,
    });
    socket.destroy();
    const series = await settledSeries(application, 31);
    expect(series.requests).toEqual({ 'GET /answers/hang 499': 1, 'GET /orders/:id 499': 30 });
    expect(warnings).toEqual([]);
  });

  it('A connection that is upgraded is no request', async () => {
    const socket = await openSocket();
    application.app.getHttpServer().once('upgrade', (_: unknown, it: Socket) => it.end('done'));
    socket.write(
      'GET /orders HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: thing\r\n\r\n',
    );
    await once(socket, 'data');
    expect((await httpSeries(application)).concurrent).toEqual({});
  });

  it('A connection that sends no HTTP leaves no request in flight', async () => {
    const socket = await openSocket();
    socket.resume().write('rubbish\r\n\r\n');
    await once(socket, 'close');
    expect((await httpSeries(application)).concurrent).toEqual({});
  });

  it('A connection that the application closes leaves no request in flight', async () => {
    const waiting = begun();
    const request = httpRequest(`${application.url}/answers/hang`).end();
    request.on('error', () => undefined);
    await waiting;
    application.app.getHttpServer().closeAllConnections();
    const series = await settledSeries(application, 1);
    expect(series.requests).toEqual({ 'GET /answers/hang 499': 1 });
  });
});
