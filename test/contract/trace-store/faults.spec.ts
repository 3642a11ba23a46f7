import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { array, assert, asyncProperty, constant, jsonValue, object, oneof } from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { TraceStore, TraceStoreResult } from '../../../lib/tracing/store/trace-store.js';
import { remoteBackends } from './backends.js';
import { type HttpDouble, Refusal, type Route, startHttpDouble } from './http-double.js';
import { ids } from './recorded-spans.js';

// For backends that never answer, and for all others.
const TIMEOUT_MS = 150;
const AMPLE_MS = 10_000;
const MAX_BYTES = 4096;

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** What both calls of the port come to when every request is answered like this. */
const faults: readonly [string, Answer, string][] = [
  ['never answers', () => undefined, 'OBS_TRACE_STORE_TIMEOUT'],
  [
    'stops in the middle of its answer',
    (response) => void response.writeHead(200).write('{"data":['),
    'OBS_TRACE_STORE_TIMEOUT',
  ],
  [
    'answers 500',
    (response) => response.writeHead(500).end('{"errors":[{"msg":"no storage"}]}'),
    'OBS_TRACE_STORE_STATUS',
  ],
  ['answers 401', (response) => response.writeHead(401).end(), 'OBS_TRACE_STORE_STATUS'],
  [
    'sends to somewhere else',
    (response) => response.writeHead(302, { location: '/login' }).end(),
    'OBS_TRACE_STORE_STATUS',
  ],
  [
    'answers with a web page',
    (response) => response.end('<!doctype html><title>Jaeger UI</title>'),
    'OBS_TRACE_STORE_MALFORMED',
  ],
  ['answers with nothing', (response) => response.end(), 'OBS_TRACE_STORE_MALFORMED'],
  [
    'answers with half of its JSON',
    (response) => response.end('{"data":[{"traceID":'),
    'OBS_TRACE_STORE_MALFORMED',
  ],
  ['answers with a number', (response) => response.end('7'), 'OBS_TRACE_STORE_MALFORMED'],
  ['answers null', (response) => response.end('null'), 'OBS_TRACE_STORE_MALFORMED'],
  [
    'answers with text where lists belong',
    (response) =>
      response.end('{"data":"x","services":"x","traces":"x","batches":"x","result":"x"}'),
    'OBS_TRACE_STORE_MALFORMED',
  ],
  ['answers without an end', (response) => endless(response), 'OBS_TRACE_STORE_TOO_LARGE'],
  [
    'answers with little that unfolds to much',
    (response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(10_000_000, ' '))),
    'OBS_TRACE_STORE_TOO_LARGE',
  ],
  [
    'answers with compressed rubbish',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('rubbish'),
    'OBS_TRACE_STORE_UNREACHABLE',
  ],
  [
    'resets the connection',
    (_, request) => request.socket.resetAndDestroy(),
    'OBS_TRACE_STORE_UNREACHABLE',
  ],
  [
    'resets the connection in the middle of its answer',
    (response, request) => {
      response.writeHead(200).write('{"data":[', () => request.socket.resetAndDestroy());
    },
    'OBS_TRACE_STORE_UNREACHABLE',
  ],
];

describe.each(remoteBackends)('The store of $name', (backend) => {
  let double: HttpDouble | undefined;
  afterEach(() => double?.close());

  async function connect(route: Route, timeoutMs = AMPLE_MS): Promise<TraceStore> {
    double = await startHttpDouble(route);
    const { baseUrl } = double;
    return backend.connect({ baseUrl, timeoutMs, maxResponseBytes: MAX_BYTES });
  }

  const both = async (store: TraceStore) => [
    await store.getTrace(ids.order),
    await store.findTraces({ service: 'shop' }),
    await store.findTraces(),
  ];

  test.each(faults)(
    'A remote trace store returns an error when the backend %s',
    async (_, answer, code) => {
      const timeoutMs = code === 'OBS_TRACE_STORE_TIMEOUT' ? TIMEOUT_MS : AMPLE_MS;
      const store = await connect(
        (_url, request, response) => void answer(response, request),
        timeoutMs,
      );
      const codes = (await both(store)).map(codeOf);
      expect(codes).toEqual([code, code, code]);
    },
  );

  test('A remote trace store returns an error when nobody listens', async () => {
    const store = await connect(() => undefined);
    await double?.close();
    const codes = (await both(store)).map(codeOf);
    expect(new Set(codes)).toEqual(new Set(['OBS_TRACE_STORE_UNREACHABLE']));
  });

  test('A remote trace store tells the status of the answer and the path, and no query', async () => {
    const store = await connect(() => new Refusal(503));
    const [, found] = await both(store);
    expect(found).toMatchObject({ ok: false, error: { status: 503 } });
    expect(found?.ok === false && found.error.message).toMatch(/503 for \/api\/[\w/]+$/);
  });

  test('A remote trace store follows no redirection', async () => {
    const store = await connect((_url, _request, response) => {
      response.writeHead(307, { location: '/stolen' }).end();
    });
    await store.getTrace(ids.order);
    expect(double?.requests).toEqual([expect.not.stringContaining('stolen')]);
  });

  test('A remote trace store takes 404 for a trace that is not there', async () => {
    const store = await connect(() => new Refusal(404, 'trace not found'));
    expect(await store.getTrace(ids.order)).toEqual({ ok: true, value: undefined });
  });

  test('A remote trace store answers again after a fault', async () => {
    let isDown = true;
    const store = await connect(() => (isDown ? new Refusal(500) : new Refusal(404)));
    expect(codeOf(await store.getTrace(ids.order))).toBe('OBS_TRACE_STORE_STATUS');
    isDown = false;
    expect(codeOf(await store.getTrace(ids.order))).toBe('ok');
  });

  test('A remote trace store shares its time among all requests of one call', async () => {
    const traces = Array.from({ length: 100 }, (_, i) => ({ traceID: `abc${i}` }));
    const services = traces.map((it) => it.traceID);
    const store = await connect((url, _request, response) => {
      const isList = /services$|search$/.test(url.pathname);
      if (isList) return { services, data: services, traces };
      setTimeout(() => response.end('{}'), TIMEOUT_MS / 5).unref();
      return undefined;
    }, TIMEOUT_MS);
    const startedMs = performance.now();
    expect(codeOf(await store.findTraces({ limit: 100 }))).toBe('OBS_TRACE_STORE_TIMEOUT');
    // Four at a time, all the requests would take longer than twice that.
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS * 2);
  });

  test('A remote trace store has a result for every JSON that there is', async () => {
    let body = '';
    const store = await connect((_url, _request, response) => void response.end(body));
    await assert(
      asyncProperty(wireLike, async (answer) => {
        body = JSON.stringify(answer);
        const codes = (await both(store)).map(codeOf);
        expect(
          codes.filter((it) => !/^(ok|OBS_TRACE_STORE_(MALFORMED|TOO_LARGE))$/.test(it)),
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(remoteBackends)('A request of the store of $name', ({ connect }) => {
  test('A request of a remote trace store has the headers of the options and the path of a proxy', async () => {
    const seen: IncomingMessage[] = [];
    const double = await startHttpDouble((_url, request) => {
      seen.push(request);
      return new Refusal(404);
    });
    const headers = { authorization: 'Bearer secret', 'X-Scope-OrgID': 'shop' };
    const store = connect({ baseUrl: `${double.baseUrl}/proxied/`, headers });
    await store.getTrace(ids.order);
    await store.findTraces({ service: 'shop' });
    await double.close();
    expect(seen).toHaveLength(2);
    for (const { url, headers } of seen) {
      expect(url).toMatch(/^\/proxied\/api\//);
      expect(headers).toMatchObject({
        accept: 'application/json',
        authorization: 'Bearer secret',
        'x-scope-orgid': 'shop',
      });
    }
  });
});

/** JSON with the names that the readers look for, so that some of it is read deep down. */
const leaf = oneof(jsonValue({ maxDepth: 2 }), constant([]), constant({}), constant(ids.order));
const keyed =
  (...keys: readonly string[]) =>
  (value: unknown) =>
    Object.fromEntries(keys.map((key) => [key, value]));
const spanLike = object({
  key: oneof(
    ...['traceId', 'spanId', 'traceID', 'spanID', 'parentSpanId', 'name', 'kind', 'status'].map(
      constant,
    ),
    ...['attributes', 'events', 'links', 'tags', 'logs', 'references', 'startTime'].map(constant),
    ...['startTimeUnixNano', 'endTimeUnixNano', 'processID', '__proto__'].map(constant),
  ),
  values: [leaf],
  maxDepth: 2,
}).map((it) => ({
  traceId: ids.order,
  spanId: 'a'.repeat(16),
  traceID: ids.order,
  spanID: 'b',
  ...it,
}));
const wireLike = oneof(
  leaf,
  array(spanLike, { maxLength: 3 }).map((spans) => {
    const scope = keyed('scopeSpans', 'spans')([keyed('spans')(spans), ...spans]);
    return {
      batches: [{ scopeSpans: [{ spans }] }],
      result: { resourceSpans: [{ scopeSpans: [{ spans }] }, scope] },
      data: [{ spans, processes: {} }],
      traces: spans,
      services: ['shop'],
    };
  }),
);

function codeOf(result: TraceStoreResult<unknown> | undefined): string {
  return result?.ok === false ? result.error.code : 'ok';
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(1024, ' ');
  const write = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}
