import { describe, expect, it } from 'vitest';
import { otlp } from '../../../../lib/exporters/otlp/index.js';
import { otelName, otelUnit } from '../../../../lib/exporters/otlp/encoding/otel-names.format.js';
import { resourceAttributes } from '../../../../lib/exporters/otlp/reader/otel-resource.js';
import { StandardVariables } from '../../../../lib/options/standard-variables.js';
import { otlpSettings } from '../../../../lib/exporters/otlp/otlp-settings.js';
import { createClient, isRefusal } from '../../../../lib/exporters/otlp/otlp-client.js';
import { ConfigurationError } from '../../../../lib/index.js';
import type { MetricDefinition } from '../../../../lib/metrics/index.js';

function errorOf(act: () => unknown): ConfigurationError {
  try {
    act();
  } catch (error) {
    return error as ConfigurationError;
  }
  throw new Error('nothing was thrown');
}

describe('a bad option of otlp()', () => {
  it.each<[string, readonly unknown[]]>([
    ['name', ['', 'OTLP', 1, 'x'.repeat(65)]],
    ['protocol', ['http', 'udp', null]],
    ['endpoint', ['collector:4318', '', 1, 'ftp://x']],
    ['headers', [null, ['a'], { 'a b': 'x' }, { a: 1 }, { a: 'x\n' }]],
    ['compression', ['br', true]],
    ['temporality', ['lowmemory', 1]],
    ['histograms', ['native', true]],
    ['resource', [null, { a: {} }, { a: undefined }]],
    ['intervalMs', [0, -1, 1.5, '1', Infinity, 2 ** 31]],
    ['timeoutMs', [0, Number.NaN]],
    ['typo', [1]],
  ])('The bad option is refused: %s', (option, values) => {
    for (const value of values) {
      const { code, problems } = errorOf(() => otlp({ [option]: value }));
      expect(code).toBe('OBS_OPTION_INVALID');
      expect(problems[0]?.subject.split('.').slice(0, 2).join('.')).toBe(`otlp.${option}`);
    }
  });

  it('A bad option of `otlp()` is refused when there is no object', () => {
    expect(errorOf(() => otlp(null as never)).code).toBe('OBS_OPTION_INVALID');
  });

  it('A bad option of `otlp()` is not shown when it may hold a secret', () => {
    const secret = 'hunter2\n';
    expect(errorOf(() => otlp({ headers: { key: secret } })).message).not.toContain('hunter2');
    const endpoint = 'collector://user:hunter2@host';
    expect(errorOf(() => otlp({ endpoint })).message).not.toContain('hunter2');
  });
});

describe('a package that is not installed', () => {
  it.each([
    ['http/protobuf', '@opentelemetry/exporter-metrics-otlp-proto'],
    ['http/json', '@opentelemetry/exporter-metrics-otlp-http'],
    ['grpc', '@opentelemetry/exporter-metrics-otlp-grpc'],
  ] as const)('A package that is not installed is named: for %s %s', async (protocol, name) => {
    const error = await createClient({
      settings: otlpSettings({ protocol }, new StandardVariables({}, () => undefined)),
      resource: {},
      report: () => undefined,
      packages: { import: async () => undefined, requireFrom: async () => () => undefined },
    }).catch((it: unknown) => it);
    expect(error).toMatchObject({ code: 'OBS_PEER_MISSING' });
    expect((error as Error).message).toContain(`npm install ${name}`);
  });
});

describe('names in OpenTelemetry', () => {
  const metric = (it: Partial<MetricDefinition>): MetricDefinition => ({
    name: 'shop_wait_seconds',
    type: 'histogram',
    help: 'Wait.',
    ...it,
  });

  it('OpenTelemetry metric names are the dotted form, or what the definition says', () => {
    expect(otelName(metric({}))).toBe('shop.wait.seconds');
    expect(otelName(metric({ otelName: 'shop.wait' }))).toBe('shop.wait');
  });

  it('OpenTelemetry metric names have units of UCUM', () => {
    const units = ['seconds', 'bytes', 'ratio', 'orders', undefined].map((unit) =>
      otelUnit(metric(unit === undefined ? {} : { unit })),
    );
    expect(units).toEqual(['s', 'By', '1', '{orders}', '']);
  });
});

describe('the resource', () => {
  const application = {
    serviceName: undefined,
    serviceVersion: undefined,
    environment: undefined,
    labels: {},
  };

  it('The OTLP resource prefers its own options, then the options of the module, then variables', () => {
    const env = {
      OTEL_SERVICE_NAME: 'of-env',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=no,team=a%20b,shard=1',
    };
    expect(
      resourceAttributes(application, {}, new StandardVariables(env, () => undefined)),
    ).toMatchObject({
      'service.name': 'of-env',
      team: 'a b',
      shard: '1',
    });
    const named = { ...application, serviceName: 'shop', labels: { team: 'orders' } };
    expect(
      resourceAttributes(named, { shard: 7 }, new StandardVariables(env, () => undefined)),
    ).toMatchObject({
      'service.name': 'shop',
      team: 'orders',
      shard: 7,
    });
  });

  it('The OTLP resource has a name without any, and ignores variables that are broken', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'team=a,broken' };
    const attributes = resourceAttributes(
      application,
      {},
      new StandardVariables(env, () => undefined),
    );
    expect(attributes['service.name']).toBe('unknown_service:node');
    expect(attributes['team']).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('A refusal by the receiver is an answer that says no, and nothing else', () => {
    const codes = [400, 404, 413, 3, 16, 500, 503, 14, 4, 'ECONNRESET', undefined];
    expect(codes.filter((code) => isRefusal({ code }))).toEqual([400, 404, 413, 3, 16]);
    expect(isRefusal(null)).toBe(false);
  });
});
