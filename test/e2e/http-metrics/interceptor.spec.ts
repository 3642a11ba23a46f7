import { Logger, Module } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HttpMetricsInterceptor,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { AnswersController, hanging, OrdersController } from './routes.controller.js';
import { httpSeries, settledSeries } from './scrape.js';

Logger.overrideLogger(false);

/** What the library cannot know: an adapter of somebody else's. */
class OtherAdapter extends ExpressAdapter {
  override getType(): string {
    return 'other';
  }
}

let application: RunningApplication;
afterEach(() => application.close());

async function startOther(options: ObservabilityOptions = {}): Promise<RunningApplication> {
  @Module({
    imports: [ObservabilityModule.forRoot(options)],
    controllers: [OrdersController, AnswersController],
    providers: [{ provide: APP_INTERCEPTOR, useExisting: HttpMetricsInterceptor }],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new OtherAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  return Object.assign(Object.create(RunningApplication.prototype), {
    app,
    url: await app.getUrl(),
  }) as RunningApplication;
}

describe('the interceptor', () => {
  it('The HTTP metrics interceptor measures what reaches a handler on a platform without hooks', async () => {
    application = await startOther();
    for (const path of ['/orders/7', '/orders/missing', '/orders/broken', '/answers/redirect'])
      await application.get(path, { redirect: 'manual' });
    await application.get('/orders/7/items/1', { method: 'POST' });
    for (const path of ['/orders/7/secret', '/nowhere', '/metrics', '/health'])
      await application.get(path);
    const { requests, durations, concurrent } = await settledSeries(application, 5);
    expect(requests).toEqual({
      'GET /orders/:id 200': 1,
      'GET /orders/:id 404': 1,
      'GET /orders/:id 500': 1,
      'GET /answers/redirect 200': 1,
      'POST /orders/:id/items/:item 202': 1,
    });
    expect(durations['GET /orders/:id']).toBe(3);
    expect(concurrent).toEqual({ GET: 0, POST: 0 });
  });

  it('The HTTP metrics interceptor ends a stream that its client left', async () => {
    application = await startOther();
    const begun = new Promise<void>((resolve) => {
      hanging.begun = resolve;
    });
    const request = httpRequest(`${application.url}/answers/endless`).end();
    request.on('error', () => undefined);
    await Promise.all([once(request, 'response'), begun]);
    expect((await httpSeries(application)).concurrent).toEqual({ GET: 1 });
    request.destroy();
    expect((await settledSeries(application, 1)).concurrent).toEqual({ GET: 0 });
  });

  it('The HTTP metrics interceptor passes everything through when HTTP metrics are off', async () => {
    application = await startOther({ http: false });
    expect((await application.get('/orders/7')).status).toBe(200);
    expect(await httpSeries(application)).toMatchObject({ requests: {}, concurrent: {} });
  });

  it.each(platforms)(
    'The HTTP metrics interceptor counts nothing twice on %s',
    async (platform) => {
      application = await RunningApplication.start({
        platform,
        imports: [ObservabilityModule.forRoot()],
        controllers: [OrdersController],
        providers: [{ provide: APP_INTERCEPTOR, useExisting: HttpMetricsInterceptor }],
      });
      await application.get('/orders/7');
      expect((await settledSeries(application, 1)).requests).toEqual({ 'GET /orders/:id 200': 1 });
    },
  );
});

describe('an application without HTTP', () => {
  it('An application without HTTP starts, and has no requests', async () => {
    @Module({ imports: [ObservabilityModule.forRoot()] })
    class AppModule {}
    const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
    application = { close: () => context.close() } as RunningApplication;
    const text = await context.get(ObservabilityService).gather();
    expect(text).not.toContain('eventcore_api_requests_total{');
  });
});
