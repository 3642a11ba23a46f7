import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import type { Telemetry } from '../../../lib/tracing/start-up/telemetry.js';
import type { OtlpCompression, OtlpProtocol } from '../../../lib/otlp/transport-options.js';
import { GrpcReceiver } from './grpc-receiver.js';
import { HttpReceiver } from './http-receiver.js';
import { RawGrpcReceiver } from './raw-grpc-receiver.js';
import type { ReceivedSpan } from './received-span.js';

const LINKED = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

let telemetry: Telemetry | undefined;
let close: (() => unknown) | undefined;

afterEach(async () => {
  await telemetry?.shutdown();
  await close?.();
});

/** Something with a span of every shape in it. */
function recordOrder() {
  const tracer = trace.getTracer('receivers', '1.2.3');
  const request = tracer.startSpan('POST /orders', { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  const within = trace.setSpan(context.active(), request);
  const command = tracer.startSpan(
    'command PlaceOrder',
    {
      attributes: {
        'command.type': 'PlaceOrder',
        'events.count': 3,
        'command.success': false,
        share: 0.5,
        tags: ['a', 'b'],
      },
      links: [{ context: LINKED, attributes: { why: 'retry' } }],
    },
    within,
  );
  command.addEvent('reserved', { sku: 'apple' });
  command.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
  command.end();
  request.end();
  return { request: request.spanContext(), command: command.spanContext() };
}

interface Received {
  readonly spans: ReceivedSpan[];
  readonly headers: Readonly<Record<string, unknown>>;
}

async function exportOrder(
  protocol: OtlpProtocol,
  compression: OtlpCompression,
): Promise<Received & { ids: ReturnType<typeof recordOrder> }> {
  const receiver =
    protocol === 'grpc' ? await new GrpcReceiver().open() : await new HttpReceiver().open();
  close = () => receiver.close();
  telemetry = await startTelemetry({
    serviceName: 'shop',
    serviceVersion: '4.5.6',
    environment: 'test',
    labels: { team: 'orders', shard: 7 },
    exporter: {
      type: 'otlp',
      protocol,
      endpoint: receiver.url,
      compression,
      headers: { 'X-Api-Key': 'a secret' },
    },
  });
  const ids = recordOrder();
  await telemetry.flush();
  const headers =
    receiver instanceof GrpcReceiver ? receiver.calls[0]?.metadata : receiver.requests[0]?.headers;
  return { spans: receiver.spans, headers: headers ?? {}, ids };
}

describe.each<{ protocol: OtlpProtocol; compression: OtlpCompression }>([
  { protocol: 'http/protobuf', compression: 'none' },
  { protocol: 'http/protobuf', compression: 'gzip' },
  { protocol: 'http/json', compression: 'none' },
  { protocol: 'http/json', compression: 'gzip' },
  { protocol: 'grpc', compression: 'none' },
  { protocol: 'grpc', compression: 'gzip' },
])('OTLP over $protocol, compression $compression', ({ protocol, compression }) => {
  it('The receiver decodes what was recorded', async () => {
    const { spans, ids } = await exportOrder(protocol, compression);
    expect(spans.map((it) => it.name)).toEqual(['command PlaceOrder', 'POST /orders']);
    const [command, request] = spans as [ReceivedSpan, ReceivedSpan];
    expect(request).toMatchObject({
      traceId: ids.request.traceId,
      spanId: ids.request.spanId,
      parentSpanId: '',
      kind: 2,
      status: { code: 0, message: '' },
    });
    expect(command).toMatchObject({
      traceId: ids.request.traceId,
      spanId: ids.command.spanId,
      parentSpanId: ids.request.spanId,
      kind: 1,
      attributes: {
        'command.type': 'PlaceOrder',
        'events.count': 3,
        'command.success': false,
        share: 0.5,
        tags: ['a', 'b'],
      },
      events: [{ name: 'reserved', attributes: { sku: 'apple' } }],
      links: [{ traceId: LINKED.traceId, spanId: LINKED.spanId, attributes: { why: 'retry' } }],
      status: { code: 2, message: 'no stock' },
      scope: { name: 'receivers', version: '1.2.3' },
    });
    expect(command.flags & 0xff).toBe(1);
    expect(BigInt(command.endTimeUnixNano) >= BigInt(command.startTimeUnixNano)).toBe(true);
    expect(command.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': '4.5.6',
      'deployment.environment.name': 'test',
      team: 'orders',
      shard: 7,
      'process.pid': process.pid,
      'telemetry.sdk.language': 'nodejs',
    });
  });

  it('The headers of the options are sent', async () => {
    const { headers } = await exportOrder(protocol, compression);
    expect(headers['x-api-key']).toBe('a secret');
  });
});

describe.each<{ protocol: OtlpProtocol; type: string }>([
  { protocol: 'http/protobuf', type: 'application/x-protobuf' },
  { protocol: 'http/json', type: 'application/json' },
])('OTLP over $protocol', ({ protocol, type }) => {
  it.each<{ compression: OtlpCompression; encoding: string | undefined }>([
    { compression: 'none', encoding: undefined },
    { compression: 'gzip', encoding: 'gzip' },
  ])('The headers name the compression $compression', async ({ compression, encoding }) => {
    const { headers } = await exportOrder(protocol, compression);
    expect(headers['content-type']).toBe(type);
    expect(headers['content-encoding']).toBe(encoding);
  });
});

describe('OTLP over grpc', () => {
  it.each<{ compression: OtlpCompression; encoding: string | undefined }>([
    { compression: 'none', encoding: undefined },
    { compression: 'gzip', encoding: 'gzip' },
  ])('The gRPC message has the compression $compression', async (example) => {
    const receiver = await new RawGrpcReceiver().open();
    close = () => receiver.close();
    const { compression } = example;
    telemetry = await startTelemetry({
      exporter: { type: 'otlp', protocol: 'grpc', endpoint: receiver.url, compression },
    });
    recordOrder();
    await telemetry.flush();
    const [call] = receiver.calls;
    expect(call?.isCompressed).toBe(compression === 'gzip');
    expect(call?.headers['grpc-encoding']).toBe(example.encoding);
    expect(call?.spans.map((it) => it.name)).toEqual(['command PlaceOrder', 'POST /orders']);
    expect(telemetry.exporters()).toMatchObject([{ exported: 2, failed: 0 }]);
  });
});
