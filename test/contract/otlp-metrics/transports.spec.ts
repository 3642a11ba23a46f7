import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import type { OtlpProtocol } from '../../../lib/exporters/otlp/index.js';
import type { MetricsPayload } from '../../../lib/exporters/otlp/encoding/metric-encoding.js';
import {
  createClient,
  type PackageLoader,
  sendMetrics,
} from '../../../lib/exporters/otlp/otlp-client.js';
import { StandardVariables } from '../../../lib/options/standard-variables.js';
import { otlpSettings } from '../../../lib/exporters/otlp/otlp-settings.js';
import { makeRegistry } from '../../unit/metrics/registry-of-test.js';
import { HttpMetricsReceiver, openReceiver } from './metrics-receiver.js';
import { openExporter } from './opened-exporter.js';

const protocols: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc'];
const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** The installed packages, but some of what they depend on is different. */
function packagesWith(change: (name: string, dependency: object) => unknown): PackageLoader {
  return {
    import: (name) => import(name),
    requireFrom: async (name) => {
      const load = createRequire(createRequire(import.meta.url).resolve(name));
      return (dependency) => change(dependency, load(dependency) as object);
    },
  };
}

async function sendOne(protocol: OtlpProtocol, packages?: PackageLoader) {
  const receiver = await openReceiver(protocol);
  closing.push(() => receiver.close());
  const options = { protocol, endpoint: receiver.url, headers: { 'x-api-key': 'a secret' } };
  const created = await createClient({
    settings: otlpSettings(options, new StandardVariables({}, () => undefined)),
    resource: { 'service.name': 'shop' },
    report: () => undefined,
    ...(packages && { packages }),
  });
  closing.push(() => created.client.shutdown());
  const { registry } = makeRegistry();
  const wait = registry.histogram({ name: 'wait', help: 'W.', labels: ['kind'] });
  wait.labels({ kind: 'a' }).observe(1);
  wait.labels({ kind: 'a' }).exemplify(1, span);
  const payload: MetricsPayload = {
    snapshot: registry.snapshot(),
    encoding: { temporality: 'cumulative', sinceMs: 0, histograms: 'explicit' },
  };
  await sendMetrics(created.client, payload);
  const [point] = receiver.taken.flat();
  expect(receiver.headers['x-api-key']).toBe('a secret');
  expect(point).toMatchObject({ name: 'wait', count: 1, resource: { 'service.name': 'shop' } });
  return point?.exemplars;
}

describe.each(protocols)('the transport of OpenTelemetry over %s', (protocol) => {
  it('The OpenTelemetry transport carries our encoding', async () => {
    expect(await sendOne(protocol)).toMatchObject([span]);
  });

  it('The OpenTelemetry transport is used whole, with its own encoding, where a version does not take another one', async () => {
    const without = packagesWith((name, it) => (/exporter-base/.test(name) ? {} : it));
    expect(await sendOne(protocol, without)).toEqual([]);
    const broken = packagesWith(() => {
      throw new Error('not exported');
    });
    if (protocol !== 'grpc') expect(await sendOne(protocol, broken)).toEqual([]);
  });
});

describe('gRPC transports of older versions', () => {
  it('GRPC transports of older versions take the name and the path of the method third', async () => {
    const older = packagesWith((name, it) => {
      if (!name.endsWith('otlp-grpc-exporter-base')) return it;
      const { createOtlpGrpcExportDelegate: create, ...others } = it as Record<string, Create>;
      const component = { name: 'metric_data_point', countItems: () => 0 };
      return {
        ...others,
        createOtlpGrpcExportDelegate: (
          options: unknown,
          serializer: unknown,
          n: string,
          p: string,
        ) => create!(options, serializer, 'x', component, undefined, n, p),
      };
    });
    expect(await sendOne('grpc', older)).toMatchObject([span]);
  });

  it('GRPC transports of older versions are not guessed at when they take something else', async () => {
    const unknown = packagesWith((name, it) =>
      name.endsWith('otlp-grpc-exporter-base')
        ? { ...it, createOtlpGrpcExportDelegate: () => undefined }
        : it,
    );
    expect(await sendOne('grpc', unknown)).toEqual([]);
  });
});

type Create = (...parameters: unknown[]) => unknown;

describe('points that a receiver refuses', () => {
  it('Points that a receiver refuses are reported when it takes the others', async () => {
    const receiver = await HttpMetricsReceiver.open();
    closing.push(() => receiver.close());
    const opened = await openExporter({ protocol: 'http/json', endpoint: receiver.url });
    closing.push(() => opened.exporter.close?.());
    receiver.http.answer = (response) =>
      response.end('{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}');
    await opened.send();
    expect(opened.reported).toEqual(['the receiver refused 3 points: too old']);
  });
});
