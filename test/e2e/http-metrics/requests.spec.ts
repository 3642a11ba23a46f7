import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { AnswersController, OrdersController } from './routes.controller.js';
import { settledSeries } from './scrape.js';

Logger.overrideLogger(false);

/** What is asked, and the series that the answer is counted in. */
const requests: readonly (readonly [string, RequestInit | undefined, string])[] = [
  ['/orders', undefined, 'GET /orders 200'],
  ['/orders/7?token=secret', undefined, 'GET /orders/:id 200'],
  ['/orders/8', undefined, 'GET /orders/:id 200'],
  ['/orders/missing', undefined, 'GET /orders/:id 404'],
  ['/orders/forbidden', undefined, 'GET /orders/:id 403'],
  ['/orders/broken', undefined, 'GET /orders/:id 500'],
  ['/orders/7/items/9', { method: 'POST' }, 'POST /orders/:id/items/:item 202'],
  ['/orders/7/items/nine', { method: 'POST' }, 'POST /orders/:id/items/:item 400'],
  ['/orders/7/secret', undefined, 'GET /orders/:id/secret 403'],
  ['/answers/manual', undefined, 'GET /answers/manual 207'],
  ['/answers/passthrough', undefined, 'GET /answers/passthrough 203'],
  ['/answers/file', undefined, 'GET /answers/file 200'],
  ['/answers/redirect', { redirect: 'manual' }, 'GET /answers/redirect 302'],
  ['/answers/unchanged', undefined, 'GET /answers/unchanged 304'],
  ['/answers/headers', { method: 'HEAD' }, 'HEAD /answers/headers 200'],
  ['/answers/events', undefined, 'GET /answers/events 200'],
  ['/orders', { method: 'HEAD' }, 'HEAD /orders 200'],
  ['/nowhere/4711', undefined, 'GET unmatched 404'],
  ['/nowhere/else', { method: 'DELETE' }, 'DELETE unmatched 404'],
  ['/orders/7', { method: 'PROPFIND' }, '_OTHER unmatched 404'],
  ['/orders/7', { method: 'OPTIONS', headers: preflight() }, 'OPTIONS unmatched 204'],
];

function preflight(): Record<string, string> {
  return { origin: 'http://shop.example', 'access-control-request-method': 'GET' };
}

describe.each(platforms)('a request on %s', (platform) => {
  let application: RunningApplication;
  let series: Awaited<ReturnType<typeof settledSeries>>;

  beforeAll(async () => {
    application = await RunningApplication.start({
      platform,
      imports: [ObservabilityModule.forRoot()],
      controllers: [OrdersController, AnswersController],
      configure: (app) => app.enableCors(),
    });
    for (const [path, init] of requests) await application.get(path, init);
    for (const path of ['/metrics', '/health', '/health/live', '/ready?x=1'])
      await application.get(path);
    series = await settledSeries(application, requests.length);
  });

  afterAll(() => application.close());

  it('An HTTP request is counted once, by route template and status', () => {
    const expected: Record<string, number> = {};
    for (const [, , name] of requests) expected[name] = (expected[name] ?? 0) + 1;
    expect(series.requests).toEqual(expected);
  });

  it('An HTTP request is timed by method and route template', () => {
    const expected: Record<string, number> = {};
    for (const [, , name] of requests) {
      const endpoint = name.replace(/ \d+$/, '');
      expected[endpoint] = (expected[endpoint] ?? 0) + 1;
    }
    expect(series.durations).toEqual(expected);
    for (const seconds of Object.values(series.seconds)) expect(seconds).toBeGreaterThan(0);
  });

  it('An HTTP request is no longer in flight', () => {
    expect(new Set(Object.values(series.concurrent))).toEqual(new Set([0]));
  });
});
