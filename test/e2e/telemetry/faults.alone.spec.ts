import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import type { Telemetry } from '../../../lib/tracing/start-up/telemetry.js';
import type { TelemetryOptions } from '../../../lib/tracing/start-up/options/telemetry-options.js';
import type { OtlpProtocol } from '../../../lib/otlp/transport-options.js';
import { GrpcReceiver } from '../../contract/otlp/grpc-receiver.js';
import { type Answer, HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { adviceOf } from '../../../lib/kernel/errors/fault-classification.js';

const closing: (() => unknown)[] = [];
let telemetry: Telemetry | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  for (const close of closing.splice(0)) await close();
});

async function httpReceiver(answer?: Answer): Promise<HttpReceiver> {
  const receiver = await new HttpReceiver().open();
  receiver.answer = answer;
  closing.push(() => receiver.close());
  return receiver;
}

async function start(options: TelemetryOptions): Promise<{ warnings: string[] }> {
  const warnings: string[] = [];
  telemetry = await startTelemetry({
    shutdownTimeoutMs: 2000,
    warn: (it) => warnings.push(it),
    ...options,
  });
  return { warnings };
}

function record(count: number): void {
  const tracer = trace.getTracer('faults');
  for (let i = 0; i < count; i++) tracer.startSpan(`span ${i}`).end();
}

/** How long it takes, in milliseconds. */
async function measure(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

const counters = () => telemetry?.exporters()[0];
const protocols: OtlpProtocol[] = ['http/protobuf', 'http/json'];

describe.each(protocols)('a collector that is reached over %s', (protocol) => {
  const otlp = (endpoint: string, timeoutMs = 500) =>
    ({ type: 'otlp', protocol, endpoint, timeoutMs }) as const;

  it('A collector that is down costs the spans, which are counted and reported once', async () => {
    const { warnings } = await start({
      exporter: otlp(`http://127.0.0.1:${await freePort()}`),
      clock: new ManualClock(),
    });
    record(3);
    await telemetry?.flush();
    record(2);
    await telemetry?.flush();
    expect(counters()).toMatchObject({
      accepted: 5,
      exported: 0,
      failed: 5,
      dropped: 0,
      pending: 0,
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^exporter otlp failed: .*ECONNREFUSED.*; 3 spans lost so far/);
  });

  it('A collector that hangs holds a flush no longer than the time limit of the exporter', async () => {
    const receiver = await httpReceiver(() => {});
    const { warnings } = await start({ exporter: otlp(receiver.url, 300) });
    record(3);
    expect(await measure(async () => telemetry?.flush())).toBeLessThan(1500);
    expect(counters()).toMatchObject({ failed: 3, pending: 0 });
    expect(warnings[0]).toContain('Request timed out');
  });

  it('A collector that hangs holds the shutdown no longer than its own time limit', async () => {
    const receiver = await httpReceiver(() => {});
    const { warnings } = await start({
      exporter: otlp(receiver.url, 60_000),
      shutdownTimeoutMs: 300,
    });
    record(3);
    const tookMs = await measure(async () => telemetry?.shutdown());
    expect(tookMs).toBeGreaterThanOrEqual(290);
    expect(tookMs).toBeLessThan(1500);
    expect(counters()).toMatchObject({ accepted: 3, failed: 3, pending: 0 });
    expect(warnings[0]).toBe(
      'telemetry shutdown did not end within 300 ms: 3 spans of otlp are lost',
    );
  });

  it.each<[string, Answer, RegExp]>([
    ['429', (it) => it.writeHead(429, { 'retry-after': '120' }).end(), /retryable status/],
    ['500', (it) => it.writeHead(500).end('<html>oops</html>'), /500: Internal Server Error/],
    ['a closed connection', (it) => void it.destroy(), /ECONNRESET/],
    ['400', (it) => it.writeHead(400).end(Buffer.from([0, 255, 254])), /400: Bad Request/],
  ])(
    'A collector that answers %s costs the spans, which are counted',
    async (_what, answer, reason) => {
      const receiver = await httpReceiver(answer);
      const { warnings } = await start({ exporter: otlp(receiver.url) });
      record(3);
      await telemetry?.flush();
      expect(counters()).toMatchObject({ exported: 0, failed: 3, pending: 0 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(reason);
    },
  );

  it('A collector that answers 200 with rubbish has taken the spans', async () => {
    const receiver = await httpReceiver((it) => void it.writeHead(200).end('{[rubbish\u0000'));
    await start({ exporter: otlp(receiver.url) });
    record(3);
    await telemetry?.flush();
    expect(counters()).toMatchObject({ exported: 3, failed: 0 });
  });

  it('A collector that is back before the time limit gets the spans after all', async () => {
    let answers = 0;
    const receiver = await httpReceiver((it) => {
      const isBack = ++answers > 2;
      it.writeHead(isBack ? 200 : 503, { 'retry-after': '0' }).end();
    });
    await start({ exporter: otlp(receiver.url, 5000) });
    record(3);
    await telemetry?.flush();
    expect(answers).toBe(3);
    expect(counters()).toMatchObject({ exported: 3, failed: 0 });
  });

  it('A collector that is not one at all costs the spans', async () => {
    const server: Server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('this is not HTTP\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as { port: number };
    await start({ exporter: otlp(`http://127.0.0.1:${port}`) });
    record(3);
    await telemetry?.flush();
    expect(counters()).toMatchObject({ exported: 0, failed: 3, pending: 0 });
  });
});

describe('a collector that is reached over gRPC', () => {
  const otlp = (endpoint: string, timeoutMs = 500) =>
    ({ type: 'otlp', protocol: 'grpc', endpoint, timeoutMs }) as const;

  async function grpcReceiver(fault: GrpcReceiver['fault']): Promise<GrpcReceiver> {
    const receiver = await new GrpcReceiver().open();
    receiver.fault = fault;
    closing.push(() => receiver.close());
    return receiver;
  }

  it.each<[string, GrpcReceiver['fault'], RegExp]>([
    ['RESOURCE_EXHAUSTED', { code: 8, details: 'slow down' }, /8 RESOURCE_EXHAUSTED: slow down/],
    ['INTERNAL', { code: 13, details: 'oops' }, /13 INTERNAL: oops/],
    ['never', 'hang', /DEADLINE_EXCEEDED/],
  ])(
    'A gRPC collector that answers %s costs the spans, which are counted',
    async (_what, fault, reason) => {
      const receiver = await grpcReceiver(fault);
      const { warnings } = await start({ exporter: otlp(receiver.url) });
      record(3);
      await telemetry?.flush();
      expect(counters()).toMatchObject({ exported: 0, failed: 3, pending: 0 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(reason);
    },
  );

  it('A gRPC collector that is down costs the spans', async () => {
    const { warnings } = await start({
      exporter: otlp(`http://127.0.0.1:${await freePort()}`),
    });
    record(3);
    await telemetry?.flush();
    expect(counters()).toMatchObject({ exported: 0, failed: 3, pending: 0 });
    expect(warnings[0]).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
  });

  it('A gRPC collector that hangs holds the shutdown no longer than its time limit', async () => {
    const receiver = await grpcReceiver('hang');
    await start({ exporter: otlp(receiver.url, 60_000), shutdownTimeoutMs: 300 });
    record(3);
    expect(await measure(async () => telemetry?.shutdown())).toBeLessThan(1500);
    expect(counters()).toMatchObject({ failed: 3, pending: 0 });
  });
});

describe('a Zipkin server', () => {
  const zipkin = (endpoint: string) => ({ type: 'zipkin', endpoint, timeoutMs: 300 }) as const;

  it.each<[string, Answer, RegExp]>([
    ['500', (it) => it.writeHead(500).end(), /500/],
    ['never', () => {}, /no answer within 300 ms/],
  ])(
    'A Zipkin server that answers %s costs the spans, which are counted',
    async (_what, answer, reason) => {
      const receiver = await httpReceiver(answer);
      const { warnings } = await start({ exporter: zipkin(receiver.url) });
      record(3);
      await telemetry?.flush();
      expect(counters()).toMatchObject({ exported: 0, failed: 3, pending: 0 });
      expect(warnings[0]).toMatch(reason);
    },
  );
});

describe('the queue', () => {
  it('The span queue is bounded: what comes on top is dropped, counted and reported once', async () => {
    const receiver = await httpReceiver(() => {});
    const { warnings } = await start({
      exporter: { type: 'otlp', endpoint: receiver.url, timeoutMs: 60_000 },
      batch: { maxQueueSize: 10, maxBatchSize: 10 },
      shutdownTimeoutMs: 300,
    });
    record(100);
    // Ten are under way, ten wait.
    expect(counters()).toMatchObject({ accepted: 20, dropped: 80, pending: 20 });
    expect(warnings).toEqual([
      `the queue of exporter otlp is full (10 spans): 1 dropped so far. ${adviceOf('OBS_SPAN_EXPORT_FAILED')} (next report in a minute)`,
    ]);
    await telemetry?.shutdown();
    expect(counters()).toMatchObject({ accepted: 20, failed: 20, dropped: 80, pending: 0 });
  });

  it('The span queue goes on when the collector is back', async () => {
    const receiver = await httpReceiver((it) => void it.writeHead(500).end());
    await start({
      exporter: { type: 'otlp', endpoint: receiver.url },
      batch: { maxQueueSize: 10, maxBatchSize: 10, delayMs: 10 },
    });
    record(100);
    await telemetry?.flush();
    const { failed = 0 } = counters() ?? {};
    expect(failed).toBe(20);
    receiver.answer = undefined;
    record(5);
    await poll(async () => (counters()?.exported === 5 ? true : undefined), {
      what: 'the export on its timer',
      timeoutMs: 5000,
    });
    expect(counters()).toMatchObject({ accepted: 25, exported: 5, failed: 20, dropped: 80 });
  });

  it('The span queue takes nothing after the shutdown, and counts it', async () => {
    const receiver = await httpReceiver();
    await start({ exporter: { type: 'otlp', endpoint: receiver.url } });
    const tracer = trace.getTracer('faults');
    const late = tracer.startSpan('late');
    await telemetry?.shutdown();
    late.end();
    expect(counters()).toMatchObject({ accepted: 0, dropped: 1 });
    expect(telemetry?.state).toBe('stopped');
  });

  it('The span queue of one exporter is not held up by another', async () => {
    const [good, bad] = [await httpReceiver(), await httpReceiver(() => {})];
    await start({
      exporter: [
        { type: 'otlp', name: 'bad', endpoint: bad.url, timeoutMs: 60_000 },
        { type: 'otlp', name: 'good', endpoint: good.url },
      ],
      shutdownTimeoutMs: 300,
    });
    record(3);
    await telemetry?.flush();
    expect(telemetry?.exporters()).toMatchObject([
      { exporter: 'bad', exported: 0, pending: 3 },
      { exporter: 'good', exported: 3, pending: 0 },
    ]);
    expect(good.spans).toHaveLength(3);
  });
});
