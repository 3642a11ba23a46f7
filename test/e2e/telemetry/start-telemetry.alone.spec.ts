import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../lib/kernel/configuration-error.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import type { ExportEvent, Telemetry } from '../../../lib/tracing/start-up/telemetry.js';
import type { TelemetryOptions } from '../../../lib/tracing/start-up/options/telemetry-options.js';
import { findTelemetry } from '../../../lib/tracing/start-up/telemetry-slot.js';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';

const closing: (() => unknown)[] = [];
const warnings: string[] = [];
let telemetry: Telemetry | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
  warnings.length = 0;
});

async function openReceiver(): Promise<HttpReceiver> {
  const receiver = await new HttpReceiver().open();
  closing.push(() => receiver.close());
  return receiver;
}

async function start(options: TelemetryOptions): Promise<Telemetry> {
  telemetry = await startTelemetry({ warn: (it) => warnings.push(it), ...options });
  return telemetry;
}

const otlp = (receiver: HttpReceiver) => ({ type: 'otlp', endpoint: receiver.url }) as const;
const tracer = () => trace.getTracer('start');
const namesAt = (receiver: HttpReceiver) => receiver.spans.map((it) => it.name);

describe('telemetry', () => {
  it('`startTelemetry()` starts from the variables alone', async () => {
    const receiver = await openReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-api-key=a%20key');
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
    vi.stubEnv('OTEL_SERVICE_NAME', 'from-the-environment');
    const { state } = await start({});
    expect(state).toBe('active');
    tracer().startSpan('a').end();
    await telemetry?.flush();
    expect(receiver.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'x-api-key': 'a key', 'content-type': 'application/json' },
    });
    expect(receiver.spans[0]?.resource['service.name']).toBe('from-the-environment');
    expect(warnings).toEqual([]);
  });

  it('`startTelemetry()` lets options win over variables on the wire', async () => {
    const [named, other] = [await openReceiver(), await openReceiver()];
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', other.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'gzip');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'X-Api-Key=weak,x-other=kept');
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    await start({
      enabled: true,
      sampler: 'always',
      exporter: { ...otlp(named), compression: 'none', headers: { 'x-api-key': 'strong' } },
    });
    tracer().startSpan('a').end();
    await telemetry?.flush();
    expect(other.requests).toEqual([]);
    expect(named.requests[0]?.headers).toMatchObject({ 'x-api-key': 'strong', 'x-other': 'kept' });
    expect(named.requests[0]?.headers['content-encoding']).toBeUndefined();
  });

  it('`startTelemetry()` sends Zipkin what Zipkin takes', async () => {
    const receiver = await openReceiver();
    const endpoint = `${receiver.url}/api/v2/spans`;
    await start({
      serviceName: 'shop',
      exporter: { type: 'zipkin', endpoint, headers: { a: 'b' } },
    });
    const span = tracer().startSpan('command PlaceOrder', {
      attributes: { 'command.type': 'PlaceOrder' },
    });
    span.end();
    await telemetry?.flush();
    const [request] = receiver.requests;
    expect(request).toMatchObject({ path: '/api/v2/spans', headers: { a: 'b' } });
    expect(JSON.parse(String(request?.body))).toMatchObject([
      {
        traceId: span.spanContext().traceId,
        id: span.spanContext().spanId,
        name: 'command PlaceOrder',
        localEndpoint: { serviceName: 'shop' },
        tags: { 'command.type': 'PlaceOrder' },
      },
    ]);
    expect(telemetry?.exporters()).toMatchObject([{ exporter: 'zipkin', exported: 1 }]);
  });

  it('`startTelemetry()` sends Jaeger OTLP', async () => {
    const receiver = await openReceiver();
    await start({ exporter: { type: 'jaeger', endpoint: receiver.url } });
    tracer().startSpan('a').end();
    await telemetry?.flush();
    expect(namesAt(receiver)).toEqual(['a']);
    expect(telemetry?.exporters()[0]?.exporter).toBe('jaeger');
  });

  it('`startTelemetry()` prints on the console', async () => {
    const dir = vi.spyOn(console, 'dir').mockImplementation(() => {});
    closing.push(() => dir.mockRestore());
    await start({ exporter: 'console' });
    tracer().startSpan('printed').end();
    await telemetry?.flush();
    expect(dir.mock.calls[0]?.[0]).toMatchObject({ name: 'printed' });
  });

  it('`startTelemetry()` propagates without any exporter', async () => {
    await start({ exporter: 'none' });
    const carrier: Record<string, string> = {};
    tracer().startActiveSpan('a', (span) => {
      propagation.inject(context.active(), carrier);
      expect(carrier['traceparent']).toBe(
        `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`,
      );
      span.end();
    });
    expect(telemetry?.exporters()).toEqual([]);
  });

  it('`startTelemetry()` propagates baggage and trace context both ways, as asked', async () => {
    await start({ exporter: 'none', propagators: ['baggage'] });
    expect(propagation.fields()).toEqual(['baggage']);
    await telemetry?.shutdown();
    await start({ exporter: 'none' });
    expect(propagation.fields()).toEqual(['traceparent', 'tracestate', 'baggage']);
  });

  it('`startTelemetry()` propagates B3 as OTEL_PROPAGATORS asks', async () => {
    vi.stubEnv('OTEL_PROPAGATORS', 'b3,b3multi');
    closing.push(() => vi.unstubAllEnvs());
    await start({ exporter: 'none' });
    const caller = propagation.extract(ROOT_CONTEXT, {
      b3: `${'a'.repeat(32)}-${'b'.repeat(16)}-1`,
    });
    const span = tracer().startSpan('a', {}, caller);
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(caller, span), carrier);
    const { traceId, spanId } = span.spanContext();
    expect(traceId).toBe('a'.repeat(32));
    expect(carrier).toEqual({
      b3: `${traceId}-${spanId}-1`,
      'x-b3-traceid': traceId,
      'x-b3-spanid': spanId,
      'x-b3-sampled': '1',
    });
  });

  it('`startTelemetry()` keeps the active span across awaits', async () => {
    await start({ exporter: 'none' });
    await tracer().startActiveSpan('a', async (span) => {
      await nextTick();
      expect(trace.getActiveSpan()).toBe(span);
    });
  });

  it('`startTelemetry()` tells listeners of every export until they have enough', async () => {
    const receiver = await openReceiver();
    const events: ExportEvent[] = [];
    await start({ exporter: otlp(receiver) });
    const end = telemetry?.onExport((it) => events.push(it));
    tracer().startSpan('a').end();
    await telemetry?.flush();
    end?.();
    tracer().startSpan('b').end();
    await telemetry?.flush();
    expect(events).toEqual([
      { exporter: 'otlp', outcome: 'success', spans: 1, durationSeconds: expect.any(Number) },
    ]);
    expect(events[0]?.durationSeconds).toBeGreaterThan(0);
  });

  it('`startTelemetry()` shows processors of the application every span, and survives one that throws', async () => {
    const receiver = await openReceiver();
    const seen: string[] = [];
    const processor = {
      onStart: () => {
        throw new Error('broken');
      },
      onEnd: (span: { name: string }) => void seen.push(span.name),
      forceFlush: () => Promise.reject(new Error('broken')),
      shutdown: () => {
        throw new Error('broken');
      },
    };
    await start({ exporter: otlp(receiver), spanProcessors: [processor] });
    tracer().startSpan('a').end();
    await telemetry?.flush();
    expect(seen).toEqual(['a']);
    expect(namesAt(receiver)).toEqual(['a']);
    expect(warnings).toEqual([
      'a span processor of the application failed: Error: broken (next report in a minute)',
    ]);
  });

  it('`startTelemetry()` uses an exporter of the application', async () => {
    const exported: string[] = [];
    const exporter = {
      export: (spans: { name: string }[], done: (result: { code: number }) => void) => {
        exported.push(...spans.map((it) => it.name));
        done({ code: 0 });
      },
      shutdown: async () => {},
    };
    await start({ exporter: { type: 'custom', name: 'mine', exporter } });
    tracer().startSpan('a').end();
    await telemetry?.shutdown();
    expect(exported).toEqual(['a']);
    expect(telemetry?.exporters()).toMatchObject([{ exporter: 'mine', exported: 1 }]);
  });
});

describe('sampling', () => {
  it('Sampling at a limit of 2 spans a second sends 2 of a burst, and 2 more a second later', async () => {
    const receiver = await openReceiver();
    const clock = new ManualClock();
    await start({
      exporter: otlp(receiver),
      sampler: { type: 'rate-limit', spansPerSecond: 2 },
      clock,
    });
    const burst = (name: string) => {
      for (let i = 0; i < 10; i++) tracer().startSpan(name, {}, ROOT_CONTEXT).end();
    };
    burst('first');
    clock.advance(1000);
    burst('second');
    await telemetry?.flush();
    expect(namesAt(receiver)).toEqual(['first', 'first', 'second', 'second']);
  });

  it('Sampling that keeps errors sends the spans that failed, whatever was decided about them', async () => {
    const receiver = await openReceiver();
    await start({ exporter: otlp(receiver), sampler: 'never', keepErrors: true });
    const parent = tracer().startSpan('parent');
    const failed = tracer().startSpan(
      'failed',
      { attributes: { a: 1 } },
      trace.setSpan(ROOT_CONTEXT, parent),
    );
    failed.recordException(new Error('no stock'));
    failed.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
    // What other processes are told stays what the sampler decided.
    expect(failed.spanContext().traceFlags).toBe(TraceFlags.NONE);
    failed.end();
    parent.end();
    await telemetry?.flush();
    expect(receiver.spans).toMatchObject([
      {
        name: 'failed',
        traceId: parent.spanContext().traceId,
        spanId: failed.spanContext().spanId,
        parentSpanId: parent.spanContext().spanId,
        attributes: { a: 1 },
        events: [{ name: 'exception' }],
        status: { code: 2, message: 'no stock' },
        resource: { 'process.pid': process.pid },
      },
    ]);
  });

  it('Sampling that does not keep errors leaves them out', async () => {
    const receiver = await openReceiver();
    await start({ exporter: otlp(receiver), sampler: 'never' });
    const failed = tracer().startSpan('failed');
    failed.setStatus({ code: SpanStatusCode.ERROR });
    failed.end();
    await telemetry?.flush();
    expect(receiver.requests).toEqual([]);
  });

  it('Sampling by name leaves out what a rule rules out, within a sampled trace too', async () => {
    const receiver = await openReceiver();
    await start({
      exporter: otlp(receiver),
      sampler: { type: 'by-name', rules: [{ name: 'query Get*', sampler: 'never' }] },
    });
    const command = tracer().startSpan('command PlaceOrder');
    tracer().startSpan('query GetStock', {}, trace.setSpan(ROOT_CONTEXT, command)).end();
    command.end();
    await telemetry?.flush();
    expect(namesAt(receiver)).toEqual(['command PlaceOrder']);
  });
});

describe('one telemetry per process', () => {
  it('Telemetry of one process is what a second call gets, with a warning', async () => {
    const first = start({ exporter: 'none' });
    const second = startTelemetry({ serviceName: 'other', warn: (it) => warnings.push(it) });
    expect(await second).toBe(await first);
    expect(warnings).toEqual([
      'startTelemetry() was called before: the options of this call are not used',
    ]);
  });

  it('Telemetry of one process is found by whoever looks for it, even before it has started', async () => {
    expect(await findTelemetry()).toBeUndefined();
    const starting = start({ exporter: 'none' });
    expect(await findTelemetry()).toBe(await starting);
    await telemetry?.shutdown();
    expect(await findTelemetry()).toBeUndefined();
  });

  it('Telemetry of one process can be started again after its shutdown', async () => {
    const receiver = await openReceiver();
    await start({ exporter: 'none' });
    await telemetry?.shutdown();
    await start({ exporter: otlp(receiver) });
    tracer().startSpan('second life').end();
    await telemetry?.flush();
    expect(namesAt(receiver)).toEqual(['second life']);
    expect(warnings).toEqual([]);
  });

  it('Telemetry of one process can be started after a start that failed', async () => {
    const wrong = { exporter: 'datadog' } as unknown as TelemetryOptions;
    await expect(startTelemetry(wrong)).rejects.toBeInstanceOf(ConfigurationError);
    expect(await findTelemetry()).toBeUndefined();
    expect((await start({ exporter: 'none' })).state).toBe('active');
  });

  it('Telemetry of one process reaches tracers that were handed out before it started', async () => {
    const receiver = await openReceiver();
    const early = trace.getTracer('early');
    await start({ exporter: otlp(receiver) });
    early.startSpan('a').end();
    await telemetry?.flush();
    expect(receiver.spans[0]?.scope.name).toBe('early');
  });

  it('Telemetry of one process shuts down when its last member leaves, and flushes when another one does', async () => {
    const receiver = await openReceiver();
    const { state: before } = await start({ exporter: otlp(receiver) });
    const [api, projector] = [telemetry?.join(), telemetry?.join()];
    tracer().startSpan('a').end();
    await api?.leave();
    await api?.leave();
    expect([before, telemetry?.state]).toEqual(['active', 'active']);
    expect(namesAt(receiver)).toEqual(['a']);
    tracer().startSpan('b').end();
    await projector?.leave();
    expect(telemetry?.state).toBe('stopped');
    expect(namesAt(receiver)).toEqual(['a', 'b']);
  });

  it('Telemetry of one process takes any number of calls to end it', async () => {
    await start({ exporter: 'none' });
    await Promise.all([telemetry?.shutdown(), telemetry?.shutdown(), telemetry?.flush()]);
    await telemetry?.shutdown();
    expect(telemetry?.reason).toBe('telemetry has been shut down');
  });

  it('Telemetry of one process leaves no provider, context manager or propagator behind', async () => {
    await start({ exporter: 'none' });
    await telemetry?.shutdown();
    expect(tracer().startSpan('a').isRecording()).toBe(false);
    expect(propagation.fields()).toEqual([]);
    expect(
      context.with(trace.setSpan(ROOT_CONTEXT, tracer().startSpan('a')), () =>
        trace.getActiveSpan(),
      ),
    ).toBeUndefined();
  });
});

describe('telemetry that does nothing', () => {
  it('Telemetry that does nothing leaves an SDK of the application alone, and says so', async () => {
    const provider = new BasicTracerProvider();
    trace.setGlobalTracerProvider(provider);
    closing.push(() => trace.disable());
    const { state, reason } = await start({ exporter: 'otlp' });
    expect(state).toBe('foreign');
    expect(reason).toMatch(/registered an OpenTelemetry SDK itself \((Basic)?TracerProvider\)/);
    expect(warnings).toEqual([reason]);
    expect(tracer().startSpan('theirs').isRecording()).toBe(true);
    await telemetry?.flush();
    await telemetry?.join().leave();
    await telemetry?.shutdown();
    expect(tracer().startSpan('theirs').isRecording()).toBe(true);
    expect(telemetry?.exporters()).toEqual([]);
  });

  it('Telemetry that does nothing is switched off by OTEL_SDK_DISABLED', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const { state, reason } = await start({});
    expect([state, reason]).toEqual(['disabled', 'OTEL_SDK_DISABLED is true']);
    expect(tracer().startSpan('a').isRecording()).toBe(false);
  });

  it('Telemetry that does nothing is switched off by its option', async () => {
    const { state, reason } = await start({ enabled: false });
    expect([state, reason]).toEqual(['disabled', 'the option enabled is false']);
  });

  it('Telemetry that does nothing stays with a context manager and a propagator that are there already', async () => {
    const manager = {
      active: () => ROOT_CONTEXT,
      with: (_c: unknown, fn: () => unknown) => fn(),
      bind: (_c: unknown, it: unknown) => it,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as never);
    closing.push(() => context.disable());
    await start({ exporter: 'none' });
    expect(warnings).toEqual([
      'a context manager is registered with OpenTelemetry already; it stays in use',
    ]);
    await telemetry?.shutdown();
    expect(context.setGlobalContextManager(manager as never)).toBe(false);
  });
});
