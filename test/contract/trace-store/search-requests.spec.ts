import { afterEach, describe, expect, test } from 'vitest';
import { JaegerTraceStore } from '../../../lib/tracing/store/jaeger/jaeger-trace-store.js';
import { TempoTraceStore } from '../../../lib/tracing/store/tempo/tempo-trace-store.js';
import type { TraceQuery } from '../../../lib/tracing/store/trace-query.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { type HttpDouble, Refusal, type Route, startHttpDouble } from './http-double.js';

const NOW_MS = 1_767_225_600_000;
const clock = new ManualClock(NOW_MS);

const query: TraceQuery = {
  service: 'shop',
  name: 'command PlaceOrder',
  attributes: { 'command.success': false, 'events.count': 2 },
  minDurationMs: 0.5,
  maxDurationMs: 1500.0001,
  status: 'error',
  fromMs: NOW_MS - 60_000,
  toMs: NOW_MS - 500,
  limit: 7,
};

let double: HttpDouble;
afterEach(() => double.close());

async function serve(route: Route): Promise<{ baseUrl: string; clock: ManualClock }> {
  double = await startHttpDouble(route);
  return { baseUrl: double.baseUrl, clock };
}

const traceIdAt = (i: number) => String(i + 1).padStart(32, '0');

/** Path and parameters of the requests made. */
const requests = () =>
  double.requests
    .map((it) => new URL(it, 'http://double'))
    .map(({ pathname, searchParams }) => [pathname, Object.fromEntries(searchParams)]);

describe('A search in Jaeger', () => {
  test("A search in Jaeger asks in Jaeger's own units", async () => {
    await new JaegerTraceStore(await serve(() => new Refusal(404))).findTraces(query);
    expect(requests()).toEqual([
      [
        '/api/v3/traces',
        {
          'query.service_name': 'shop',
          'query.operation_name': 'command PlaceOrder',
          'query.attributes': '{"command.success":"false","events.count":"2","error":"true"}',
          'query.duration_min': '500us',
          'query.duration_max': '1500001us',
          'query.start_time_min': '2025-12-31T23:59:00.000Z',
          'query.start_time_max': '2025-12-31T23:59:59.500Z',
          'query.search_depth': '7',
        },
      ],
    ]);
  });

  test('A search in Jaeger looks back an hour when the query has no range, or as long as the options say', async () => {
    const options = await serve(() => new Refusal(404));
    await new JaegerTraceStore(options).findTraces({ service: 'shop' });
    await new JaegerTraceStore({ ...options, lookbackMs: 60_000 }).findTraces({ service: 'shop' });
    const rest = {
      'query.service_name': 'shop',
      'query.start_time_max': '2026-01-01T00:00:00.000Z',
      'query.search_depth': '20',
    };
    expect(requests().map(([, it]) => it)).toEqual([
      { ...rest, 'query.start_time_min': '2025-12-31T23:00:00.000Z' },
      { ...rest, 'query.start_time_min': '2025-12-31T23:59:00.000Z' },
    ]);
  });

  test('A search in Jaeger asks for more than wanted when Jaeger cannot filter by the status', async () => {
    const store = new JaegerTraceStore(await serve(() => new Refusal(404)));
    await store.findTraces({ service: 'shop', status: 'ok', limit: 10 });
    await store.findTraces({ service: 'shop', status: 'ok', limit: 900 });
    const depths = requests().map(([, it]) => (it as Record<string, string>)['query.search_depth']);
    expect(depths).toEqual(['50', '1000']);
  });

  test('A search in Jaeger asks for at most 50 services when the query names none', async () => {
    const services = Array.from({ length: 60 }, (_, i) => `service-${i}`);
    const options = await serve(({ pathname }) =>
      pathname === '/api/v3/services' ? { services } : new Refusal(404),
    );
    expect(await new JaegerTraceStore(options).findTraces()).toEqual({ ok: true, value: [] });
    const asked = requests().map(([, it]) => (it as Record<string, string>)['query.service_name']);
    expect(asked.toSorted()).toEqual([...services.slice(0, 50).toSorted(), undefined]);
  });

  test('A search in Jaeger says what to change when this Jaeger has no API v3', async () => {
    const found = await new JaegerTraceStore(await serve(() => new Refusal(404))).findTraces();
    expect(found).toMatchObject({
      ok: false,
      error: { code: 'OBS_TRACE_STORE_STATUS', status: 404 },
    });
    expect(found.ok === false && found.error.message).toContain("the option 'baseUrl'");
  });
});

describe('A search in Tempo', () => {
  test('A search in Tempo asks in TraceQL and whole seconds', async () => {
    await new TempoTraceStore(await serve(() => ({ traces: [] }))).findTraces(query);
    expect(requests()).toEqual([
      [
        '/api/search',
        {
          q:
            '{ resource.service.name = "shop" && name = "command PlaceOrder" && status = error' +
            ' && duration >= 500us && duration <= 1500001us' +
            ' && span.command.success = false && span.events.count = 2 }',
          start: '1767225540',
          end: '1767225600',
          limit: '7',
        },
      ],
    ]);
  });

  test('A search in Tempo asks for a range that is not empty when the query is about one moment', async () => {
    const store = new TempoTraceStore(await serve(() => ({ traces: [] })));
    await store.findTraces({ fromMs: NOW_MS, toMs: NOW_MS });
    expect(requests()[0]?.[1]).toMatchObject({ start: '1767225600', end: '1767225601' });
  });

  test('A search in Tempo fetches no more traces than asked for, whatever Tempo finds', async () => {
    const traces = Array.from({ length: 30 }, (_, i) => ({ traceID: `f${i}` }));
    const options = await serve(({ pathname }) =>
      pathname === '/api/search' ? { traces } : new Refusal(404),
    );
    await new TempoTraceStore(options).findTraces({ limit: 3 });
    expect(requests()).toHaveLength(1 + 3);
  });

  test('A search in Tempo leaves out a trace that is gone when it is fetched', async () => {
    const options = await serve(({ pathname }) =>
      pathname === '/api/search' ? { traces: [{ traceID: 'abc' }] } : new Refusal(404),
    );
    expect(await new TempoTraceStore(options).findTraces()).toEqual({ ok: true, value: [] });
  });

  test('A search in Tempo makes no more requests once the answer is known', async () => {
    const traces = Array.from({ length: 200 }, (_, i) => ({ traceID: `${i}f` }));
    const options = await serve(({ pathname }) => {
      if (pathname === '/api/search') return { traces };
      return new Refusal(pathname.endsWith('00f') ? 500 : 404);
    });
    const store = new TempoTraceStore(options);
    expect(await store.findTraces({ limit: 200 })).toMatchObject({ error: { status: 500 } });
    // Long enough for all of them, had they gone on.
    for (let i = 0; i < 50; i++) await store.getTrace(traceIdAt(i));
    const fetched = double.requests.filter((it) => it.endsWith('f')).length;
    expect(fetched).toBeLessThan(20);
  });

  test('A search in Tempo says that the address is wrong when there is no search', async () => {
    const found = await new TempoTraceStore(await serve(() => new Refusal(404))).findTraces();
    expect(found.ok === false && found.error.message).toContain('this is not the address of Tempo');
  });
});
