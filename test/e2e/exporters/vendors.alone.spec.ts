import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { logging, ObservabilityLogger, otlpSink } from '../../../lib/logging/index.js';
import { startTelemetry } from '../../../lib/tracing/index.js';
import { HttpReceiver, type ReceivedRequest } from '../../contract/otlp/http-receiver.js';
import { decodeRequest } from '../../contract/otlp/otlp-protobuf.js';
import { spansOf } from '../../contract/otlp/received-span.js';
import { decodeMetrics } from '../../contract/otlp-metrics/metrics-protobuf.js';
import { pointsOf } from '../../contract/otlp-metrics/received-points.js';
import { RunningApplication } from '../module/running-application.js';

const guide = readFileSync(new URL('../../../docs/guides/vendors.md', import.meta.url), 'utf8');
const logsProto = new URL('../../contract/otlp/proto/logs_service.proto', import.meta.url);
const logsType = protobuf
  .loadSync(fileURLToPath(logsProto))
  .lookupType('opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest');

// As keys look: Base64 with its padding.
const KEY = 'c2VjcmV0OmtleQ==';
const DELTA = 1;
const CUMULATIVE = 2;

/** What the documentation of a vendor asks for. */
interface Vendor {
  readonly vendor: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ofTraces?: Readonly<Record<string, string>>;
  readonly ofMetrics?: Readonly<Record<string, string>>;
  readonly temporality: typeof DELTA | typeof CUMULATIVE;
  readonly histogram?: 'histogram' | 'exponentialHistogram';
  /** Longest text of an attribute. */
  readonly longest?: number;
}

const vendors: readonly Vendor[] = [
  {
    vendor: 'Datadog',
    headers: { 'dd-api-key': KEY },
    ofTraces: { compute_stats: 'true' },
    temporality: DELTA,
  },
  {
    vendor: 'New Relic',
    headers: { 'api-key': KEY },
    temporality: DELTA,
    histogram: 'exponentialHistogram',
    longest: 4_095,
  },
  {
    vendor: 'Grafana Cloud',
    path: '/otlp',
    headers: { authorization: `Basic ${KEY}` },
    temporality: CUMULATIVE,
  },
  {
    vendor: 'Honeycomb',
    headers: { 'x-honeycomb-team': KEY },
    ofMetrics: { 'x-honeycomb-dataset': 'shop_metrics' },
    temporality: CUMULATIVE,
  },
  { vendor: 'Elastic', headers: { authorization: `ApiKey ${KEY}` }, temporality: DELTA },
];

/** Variables of a section of the guide, with a receiver in place of the host. */
function variablesOf(vendor: string, receiver: string): Record<string, string> {
  const section = guide.split('\n## ').find((it) => it.startsWith(`${vendor}\n`));
  const [, block = ''] = /```dotenv\n([^]*?)```/.exec(section ?? '') ?? [];
  const written = block
    .replaceAll(/https:\/\/[\w.:-]+/g, receiver)
    .replaceAll(/YOUR_\w+(?:KEY|CREDENTIALS)/g, KEY);
  return parseEnv(written) as Record<string, string>;
}

@Injectable()
class Orders {
  constructor(@Inject(ObservabilityLogger) private readonly logger: ObservabilityLogger) {}

  @Command('PlaceOrder')
  async place(): Promise<void> {
    trace.getActiveSpan()?.setAttribute('note', 'x'.repeat(5_000));
    this.logger.info('Order placed');
  }
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  vi.unstubAllEnvs();
  Logger.overrideLogger(false);
});

/** The application of the guide, started with the variables of a vendor. */
async function start(vendor: string, receiver: HttpReceiver) {
  const said: unknown[] = [];
  const say = (...words: unknown[]) => void said.push(words);
  for (const [name, value] of Object.entries(variablesOf(vendor, receiver.url)))
    vi.stubEnv(name, value);
  const telemetry = await startTelemetry({ warn: say });
  closing.push(() => telemetry.shutdown());
  const application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        exporters: [otlp()],
        plugins: [logging({ sinks: [otlpSink()] })],
      }),
    ],
    providers: [Orders],
  });
  closing.push(() => application.close());
  Logger.overrideLogger({ log: say, warn: say, error: say, debug: say });
  const flush = () => Promise.all([application.service.flush(), telemetry.flush()]);
  return { application, flush, said };
}

function requestOf(receiver: HttpReceiver, path: string): ReceivedRequest {
  const found = receiver.requests.filter((it) => it.path === path);
  expect(found.length, `requests to ${path}`).toBeGreaterThan(0);
  return found.at(-1)!;
}

describe('the variables that the guide gives for a vendor', () => {
  it.each(vendors)(
    'The variables of the guide send traces, metrics and log lines to $vendor in the form that it asks for',
    async ({ vendor, path = '', headers, ofTraces, ofMetrics, ...wanted }) => {
      const receiver = await new HttpReceiver().open();
      closing.push(() => receiver.close());
      const { application, flush, said } = await start(vendor, receiver);
      // Datadog answers so.
      receiver.answer = (response) => void response.writeHead(202).end();
      await application.app.get(Orders).place();
      await flush();

      const common = {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        ...headers,
      };
      const traces = requestOf(receiver, `${path}/v1/traces`);
      expect(traces.headers).toMatchObject({ ...common, ...ofTraces });
      const [span] = spansOf(decodeRequest(traces.body));
      expect(span).toMatchObject({
        name: 'command PlaceOrder',
        resource: { 'service.name': 'shop' },
      });
      expect(span?.attributes['note']).toHaveLength(wanted.longest ?? 5_000);

      const metrics = requestOf(receiver, `${path}/v1/metrics`);
      expect(metrics.headers).toMatchObject({ ...common, ...ofMetrics });
      const points = pointsOf(decodeMetrics(metrics.body));
      const { temporality, histogram = 'histogram' } = wanted;
      expect(points.find((it) => it.name === 'eventcore.commands.total')).toMatchObject({
        ...{ value: 1, temporality, resource: expect.objectContaining({ 'service.name': 'shop' }) },
      });
      expect(points.find((it) => it.name === 'eventcore.commands.duration')).toMatchObject({
        ...{ kind: histogram, count: 1, temporality },
      });

      const logs = requestOf(receiver, `${path}/v1/logs`);
      expect(logs.headers).toMatchObject(common);
      const lines = JSON.stringify(logsType.decode(logs.body).toJSON());
      expect(lines).toContain('"stringValue":"Order placed"');
      expect(lines).toContain('"stringValue":"shop"');
      expect(said).toEqual([]);

      // A receiver that refuses may quote the key.
      receiver.answer = (response) => void response.writeHead(403).end(`no such key: ${KEY}`);
      await application.app.get(Orders).place();
      await flush();
      const { faults } = application.service.diagnose();
      expect(faults.length + said.length).toBeGreaterThanOrEqual(3);
      expect(
        JSON.stringify([said, faults, (await application.get('/metrics')).text]),
      ).not.toContain(KEY);
    },
  );
});
