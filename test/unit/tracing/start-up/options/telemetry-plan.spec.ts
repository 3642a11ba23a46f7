import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../../../lib/options/standard-variables.js';
import type { TelemetryOptions } from '../../../../../lib/tracing/start-up/options/telemetry-options.js';
import {
  planTelemetry,
  type TelemetryPlan,
} from '../../../../../lib/tracing/start-up/options/telemetry-plan.js';

interface Precedence {
  readonly what: string;
  readonly read: (plan: TelemetryPlan) => unknown;
  readonly fallback: unknown;
  /** Variables from the weakest to the strongest, each with what it leads to. */
  readonly variables: readonly (readonly [name: string, value: string, leadsTo: unknown])[];
  readonly option: readonly [options: TelemetryOptions, leadsTo: unknown];
}

const otlp = (options: object): TelemetryOptions => ({ exporter: { type: 'otlp', ...options } });
const first = (plan: TelemetryPlan) => plan.exporters[0] as unknown as Record<string, unknown>;
const parentBased = (root: unknown) => ({ type: 'parent-based', root });

const table: readonly Precedence[] = [
  {
    what: 'whether it starts',
    read: (it) => it.enabled,
    fallback: true,
    variables: [['OTEL_SDK_DISABLED', 'TRUE', false]],
    option: [{ enabled: true }, true],
  },
  {
    what: 'the service name',
    read: (it) => it.attributes['service.name'],
    fallback: undefined,
    variables: [
      ['OTEL_RESOURCE_ATTRIBUTES', 'service.name=from-attributes', 'from-attributes'],
      ['OTEL_SERVICE_NAME', 'from-name', 'from-name'],
    ],
    option: [{ serviceName: 'shop' }, 'shop'],
  },
  {
    what: 'the service version',
    read: (it) => it.attributes['service.version'],
    fallback: undefined,
    variables: [['OTEL_RESOURCE_ATTRIBUTES', 'service.version=1', '1']],
    option: [{ serviceVersion: '2' }, '2'],
  },
  {
    what: 'the environment',
    read: (it) => it.attributes['deployment.environment.name'],
    fallback: undefined,
    variables: [['OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=staging', 'staging']],
    option: [{ environment: 'production' }, 'production'],
  },
  {
    what: 'a label',
    read: (it) => it.attributes['team'],
    fallback: undefined,
    variables: [['OTEL_RESOURCE_ATTRIBUTES', 'team=a%20b%2C%3Dc', 'a b,=c']],
    option: [{ labels: { team: 'orders' } }, 'orders'],
  },
  {
    what: 'the exporters',
    read: (it) => it.exporters.map(({ name }) => name),
    fallback: ['otlp'],
    variables: [['OTEL_TRACES_EXPORTER', 'zipkin, console', ['zipkin', 'console']]],
    option: [{ exporter: ['jaeger', 'none'] }, ['jaeger']],
  },
  {
    what: 'the OTLP protocol',
    read: (it) => first(it)['protocol'],
    fallback: 'http/protobuf',
    variables: [
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', 'http/json'],
      ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', 'grpc'],
    ],
    option: [otlp({ protocol: 'http/protobuf' }), 'http/protobuf'],
  },
  {
    what: 'the OTLP endpoint over HTTP',
    read: (it) => first(it)['url'],
    fallback: 'http://localhost:4318/v1/traces',
    variables: [
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://all:4318/base/', 'http://all:4318/base/v1/traces'],
      [
        'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
        'http://traces:4318/as/is',
        'http://traces:4318/as/is',
      ],
    ],
    option: [otlp({ endpoint: 'https://own' }), 'https://own/v1/traces'],
  },
  {
    what: 'the OTLP headers',
    read: (it) => first(it)['headers'],
    fallback: {},
    variables: [
      ['OTEL_EXPORTER_OTLP_HEADERS', 'A=all,b=all,c=x%3Dy', { a: 'all', b: 'all', c: 'x=y' }],
      ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'b=traces', { a: 'all', b: 'traces', c: 'x=y' }],
    ],
    option: [otlp({ headers: { C: 'own' } }), { a: 'all', b: 'traces', c: 'own' }],
  },
  {
    what: 'the OTLP compression',
    read: (it) => first(it)['compression'],
    fallback: 'none',
    variables: [
      ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', 'gzip'],
      ['OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', 'none', 'none'],
    ],
    option: [otlp({ compression: 'gzip' }), 'gzip'],
  },
  {
    what: 'the OTLP time limit',
    read: (it) => first(it)['timeoutMs'],
    fallback: 10_000,
    variables: [
      ['OTEL_EXPORTER_OTLP_TIMEOUT', '2000', 2000],
      ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', '3000', 3000],
    ],
    option: [otlp({ timeoutMs: 4000 }), 4000],
  },
  {
    what: 'the sampler',
    read: (it) => it.sampler,
    fallback: parentBased('always'),
    variables: [['OTEL_TRACES_SAMPLER', 'always_off', 'never']],
    option: [{ sampler: 'always' }, 'always'],
  },
  {
    what: 'the propagators',
    read: (it) => it.propagators,
    fallback: ['tracecontext', 'baggage'],
    variables: [
      ['OTEL_PROPAGATORS', 'b3multi, b3, tracecontext', ['b3multi', 'b3', 'tracecontext']],
    ],
    option: [{ propagators: ['baggage'] }, ['baggage']],
  },
  ...(
    [
      ['maxQueueSize', 'OTEL_BSP_MAX_QUEUE_SIZE', 2048],
      ['maxBatchSize', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512],
      ['delayMs', 'OTEL_BSP_SCHEDULE_DELAY', 5000],
      ['exportTimeoutMs', 'OTEL_BSP_EXPORT_TIMEOUT', 30_000],
    ] as const
  ).map(([option, variable, fallback]): Precedence => ({
    what: `batch.${option}`,
    read: (it) => it.batch[option],
    fallback,
    variables: [[variable, '700', 700]],
    option: [{ batch: { [option]: 600 } }, 600],
  })),
];

describe.each(table)('$what', ({ read, fallback, variables, option: [options, leadsTo] }) => {
  it('A telemetry setting has a default', () => {
    expect(read(planTelemetry({}, {}))).toEqual(fallback);
  });

  it('A telemetry setting comes from the variables, the more special one first', () => {
    const env: Record<string, string> = {};
    for (const [name, value, expected] of variables) {
      env[name] = value;
      expect(read(planTelemetry({}, env)), name).toEqual(expected);
    }
  });

  it('A telemetry setting comes from the option, whatever the variables say', () => {
    const env = Object.fromEntries(variables.map(([name, value]) => [name, value]));
    const plan = planTelemetry(options, env);
    expect(read(plan)).toEqual(leadsTo);
    expect(plan.warnings).toEqual([]);
  });

  it('A telemetry setting takes a blank variable for one that is not set', () => {
    const env = Object.fromEntries(variables.map(([name]) => [name, '  ']));
    const plan = planTelemetry({}, env);
    expect(read(plan)).toEqual(fallback);
    expect(plan.warnings).toEqual([]);
  });
});

describe('the sampler of the variables', () => {
  it.each<[string, string | undefined, unknown]>([
    ['always_on', undefined, 'always'],
    ['always_off', undefined, 'never'],
    ['traceidratio', '0.25', { type: 'ratio', ratio: 0.25 }],
    ['traceidratio', undefined, { type: 'ratio', ratio: 1 }],
    ['parentbased_always_on', undefined, parentBased('always')],
    ['parentbased_always_off', undefined, parentBased('never')],
    ['ParentBased_TraceIdRatio', '0.5', parentBased({ type: 'ratio', ratio: 0.5 })],
  ])('The sampler variable %s accepts the argument %s', (name, argument, sampler) => {
    const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    expect(planTelemetry({}, env).sampler).toEqual(sampler);
  });
});

describe('span limits', () => {
  it('Span limits come from the variables, those of spans before those of everything', () => {
    const env = {
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '20',
    };
    expect(planTelemetry({}, env).spanLimits).toEqual({
      attributeValueLengthLimit: 100,
      attributeCountLimit: 20,
    });
  });
});

describe('exporters', () => {
  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['https://vendor/otlp?key=1', 'https://vendor/otlp/v1/traces?key=1'],
    ['https://vendor/v1/traces', 'https://vendor/v1/traces'],
    ['https://vendor/api/v0.2/traces', 'https://vendor/api/v0.2/traces'],
  ])('The OTLP/HTTP endpoint of %s is %s', (endpoint, url) => {
    expect(first(planTelemetry(otlp({ endpoint }), {}))['url']).toBe(url);
  });

  it('The OTLP/gRPC endpoint has no path and port 4317', () => {
    const plan = planTelemetry(otlp({ protocol: 'grpc' }), {});
    expect(first(plan)['url']).toBe('http://localhost:4317');
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' };
    expect(first(planTelemetry(otlp({ protocol: 'grpc' }), env))['url']).toBe('collector:4317');
  });

  it('Exporters of the same type get different names', () => {
    const plan = planTelemetry({ exporter: ['otlp', 'otlp', 'jaeger'] }, {});
    expect(plan.exporters.map(({ name }) => name)).toEqual(['otlp', 'otlp_2', 'jaeger']);
  });

  it.each([
    ['none', []],
    ['otlp,none', []],
    ['logging', ['console']],
    ['otlp,otlp', ['otlp']],
  ])('The variable OTEL_TRACES_EXPORTER=%s creates %j', (value, names) => {
    const plan = planTelemetry({}, { OTEL_TRACES_EXPORTER: value });
    expect(plan.exporters.map(({ name }) => name)).toEqual(names);
  });

  it('Zipkin has variables of its own', () => {
    const env = {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://zipkin:9411/x',
      OTEL_EXPORTER_ZIPKIN_TIMEOUT: '77',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
    };
    expect(planTelemetry({}, env).exporters).toEqual([
      { type: 'zipkin', name: 'zipkin', url: 'http://zipkin:9411/x', headers: {}, timeoutMs: 77 },
    ]);
  });
});

describe('a variable that breaks its rule', () => {
  it.each<[Environment, string]>([
    [{ OTEL_TRACES_EXPORTER: 'datadog' }, 'OTEL_TRACES_EXPORTER = "datadog" is ignored'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'udp' }, 'OTEL_EXPORTER_OTLP_PROTOCOL = "udp" is ignored'],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'br' }, 'OTEL_EXPORTER_OTLP_COMPRESSION = "br" is ignored'],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '-1' }, 'OTEL_EXPORTER_OTLP_TIMEOUT = "-1" is ignored'],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '1e400' }, 'OTEL_EXPORTER_OTLP_TIMEOUT = "1e400" is ignored'],
    [{ OTEL_TRACES_SAMPLER: 'xray' }, 'OTEL_TRACES_SAMPLER = "xray" is ignored'],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      'OTEL_TRACES_SAMPLER_ARG = "2" is ignored',
    ],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: 'many' }, 'OTEL_BSP_MAX_QUEUE_SIZE = "many" is ignored'],
    [{ OTEL_PROPAGATORS: 'jaeger,b3' }, 'OTEL_PROPAGATORS = "jaeger" is ignored'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'a=%ZZ' }, 'OTEL_RESOURCE_ATTRIBUTES is ignored'],
    [{ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '9000' }, 'exports are cut to 2048 spans'],
  ])('A variable that breaks its rule causes a warning: %j', (env, warning) => {
    const { warnings, exporters, batch } = planTelemetry({}, env);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(warning);
    expect(exporters).toHaveLength(1);
    expect(batch.maxBatchSize).toBeLessThanOrEqual(batch.maxQueueSize);
  });

  it('A variable that breaks its rule shows neither headers nor URLs', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'secret-without-a-name',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:secret@host',
    };
    const { warnings, exporters } = planTelemetry({}, env);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toContain('secret');
    expect(exporters).toMatchObject([{ url: 'http://localhost:4318/v1/traces', headers: {} }]);
  });
});
