import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type OpenSink, otlpSink, type OtlpSinkOptions } from '../../../../lib/logging/index.js';
import { rejectedInProtobuf } from '../../../../lib/logging/sinks/otlp-answer.format.js';
import { line, TrialHost } from '../../../unit/logging/network/sink-trial.js';
import { StrictReceiver } from './strict-receiver.js';

const proto = fileURLToPath(
  new URL('../../../contract/otlp/proto/logs_service.proto', import.meta.url),
);
const requestType = protobuf
  .loadSync(proto)
  .lookupType('opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest');

function decoded(body: Uint8Array): unknown {
  const message = requestType.toObject(requestType.decode(body), { longs: String });
  const text = JSON.stringify(message, (_, value: unknown) => {
    const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
    return type === 'Buffer' ? Buffer.from(data!).toString('hex') : value;
  });
  return JSON.parse(text);
}

let sink: OpenSink | undefined;
let receiver: StrictReceiver;
let host: TrialHost;

afterEach(async () => {
  vi.unstubAllEnvs();
  await sink?.close();
  await receiver?.stop();
});

async function open(options: Partial<OtlpSinkOptions> = {}): Promise<OpenSink> {
  receiver = await new StrictReceiver((_, response) => response.writeHead(200).end()).start();
  host = new TrialHost();
  const opened = otlpSink({ url: receiver.url, intervalMs: 5, ...options }).open(host);
  sink = opened;
  return opened;
}

const fields = {
  order: 'o-1',
  count: 3,
  negative: -7,
  duration_ms: 1.5,
  slow: true,
  list: ['a', 1, { b: 'ü' }],
  nested: { deep: { x: 2 ** 60 } },
  error_type: 'TypeError',
};

const value = (it: object) => it;
const expected = {
  resourceLogs: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'shop' } },
          { key: 'service.version', value: { stringValue: '1.2.3' } },
          { key: 'deployment.environment.name', value: { stringValue: 'prod' } },
        ],
      },
      scopeLogs: [
        {
          scope: expect.objectContaining({ name: 'orders' }) as unknown,
          logRecords: [
            {
              timeUnixNano: '1795948530123000000',
              observedTimeUnixNano: '1795948530123000000',
              severityNumber: 17,
              severityText: 'ERROR',
              body: { stringValue: 'failed' },
              traceId: 'ab'.repeat(16),
              spanId: 'cd'.repeat(8),
              attributes: [
                { key: 'name', value: { stringValue: 'command PlaceOrder' } },
                { key: 'order', value: { stringValue: 'o-1' } },
                { key: 'count', value: { intValue: '3' } },
                { key: 'negative', value: { intValue: '-7' } },
                { key: 'duration_ms', value: { doubleValue: 1.5 } },
                { key: 'slow', value: { boolValue: true } },
                {
                  key: 'list',
                  value: {
                    arrayValue: {
                      values: [
                        { stringValue: 'a' },
                        { intValue: '1' },
                        { kvlistValue: { values: [{ key: 'b', value: { stringValue: 'ü' } }] } },
                      ],
                    },
                  },
                },
                {
                  key: 'nested',
                  value: {
                    kvlistValue: {
                      values: [
                        {
                          key: 'deep',
                          value: {
                            kvlistValue: {
                              values: [{ key: 'x', value: value({ doubleValue: 2 ** 60 }) }],
                            },
                          },
                        },
                      ],
                    },
                  },
                },
                { key: 'exception.type', value: { stringValue: 'TypeError' } },
              ],
            },
          ],
        },
      ],
    },
  ],
};

describe('OTLP', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'A line is a record with its severity, ids, attributes and resource in %s',
    async (protocol) => {
      const opened = await open({ protocol, headers: { 'dd-api-key': 'key' } });
      const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
      const scopeText = '"name":"command PlaceOrder"';
      const content = {
        level: 'error',
        target: 'orders',
        fieldsText: JSON.stringify(fields),
      } as const;
      opened.write(line('failed', { ...content, span, scopeText }));
      await opened.flush();
      const [request] = receiver.requests;
      expect(request?.url).toBe('/v1/logs');
      expect(request?.headers['dd-api-key']).toBe('key');
      const isJson = protocol === 'http/json';
      expect(request?.headers['content-type']).toBe(
        isJson ? 'application/json' : 'application/x-protobuf',
      );
      const body = isJson ? JSON.parse(request!.body.toString()) : decoded(request!.body);
      expect(body).toEqual(expected);
      expect(host.outcomes).toEqual(['success']);
    },
  );

  it('Standard variables choose the receiver, its headers and the compression', async () => {
    receiver = await new StrictReceiver((_, response) => response.writeHead(200).end()).start();
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', `${receiver.url}/intake/logs`);
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_HEADERS', 'dd-api-key=abc');
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_COMPRESSION', 'gzip');
    sink = otlpSink().open(new TrialHost());
    sink.write(line('a'));
    await sink.flush();
    const [request] = receiver.requests;
    expect(request?.url).toBe('/intake/logs');
    expect(request?.headers).toMatchObject({ 'dd-api-key': 'abc', 'content-encoding': 'gzip' });
  });

  it('OTEL_LOGS_EXPORTER=none sends nothing', async () => {
    vi.stubEnv('OTEL_LOGS_EXPORTER', 'none');
    const opened = await open();
    opened.write(line('a'));
    await opened.flush();
    expect(receiver.requests).toEqual([]);
  });

  it.each([
    ['http/json', '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"hunter2"}}'],
    // partial_success (1) { rejected_log_records (1) = 2, error_message (2) = "hunter2" }
    ['http/protobuf', Buffer.from('0a0b0802120768756e74657232', 'hex')],
  ] as const)(
    'A partial success over %s counts the lines that the receiver refused',
    async (protocol, answer) => {
      const opened = await open({ protocol });
      receiver.answer = (_, response) => response.end(answer);
      for (const it of ['a', 'b', 'c']) opened.write(line(it));
      await opened.flush();
      expect(host.drops).toEqual(new Map([['refused', 2]]));
      expect(host.faults.join()).not.toContain('hunter2');
    },
  );

  it('A protobuf answer without refusals takes all lines, and one that is none is no answer of the protocol', () => {
    for (const hex of ['', '0a00', '0a0912076e6f7468696e67', '0a020800', '1801'])
      expect(rejectedInProtobuf(Buffer.from(hex, 'hex'))).toBe(0);
    expect(rejectedInProtobuf(Buffer.from('0a0308ac02', 'hex'))).toBe(300);
    expect(() => rejectedInProtobuf(Buffer.from('<html>'))).toThrow(RangeError);
  });

  it('Wrong options and a variable that chooses gRPC stop the start with their path', () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
    expect(() => otlpSink().open(new TrialHost())).toThrow('otlpSink().protocol');
    expect(() => otlpSink({ url: 'collector:4318' })).toThrow('otlpSink().url');
    expect(() => otlpSink({ protocol: 'grpc' as never })).toThrow('otlpSink().protocol');
  });
});
