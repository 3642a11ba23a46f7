import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../../../lib/kernel/configuration-error.js';
import type { TelemetryOptions } from '../../../../../lib/tracing/start-up/options/telemetry-options.js';
import { planTelemetry } from '../../../../../lib/tracing/start-up/options/telemetry-plan.js';
import { loadTracePeers } from '../../../../../lib/tracing/start-up/sdk/trace-peers.js';

/** Imports like Node, with some packages not installed. */
function importWithout(...missing: string[]) {
  const imported: string[] = [];
  const importPackage = async (name: string) => {
    if (missing.includes(name)) return undefined;
    imported.push(name);
    return import(name) as Promise<unknown>;
  };
  return { imported, importPackage };
}

const planOf = (exporter: TelemetryOptions['exporter'] & {}) => planTelemetry({ exporter }, {});
const BASE = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/resources',
  '@opentelemetry/core',
  '@opentelemetry/context-async-hooks',
];

describe('the packages of OpenTelemetry', () => {
  it.each<[string, TelemetryOptions['exporter'] & {}, string[]]>([
    ['none', 'none', []],
    ['console', 'console', []],
    ['otlp', 'otlp', ['@opentelemetry/exporter-trace-otlp-proto']],
    ['jaeger', 'jaeger', ['@opentelemetry/exporter-trace-otlp-proto']],
    ['JSON', { type: 'otlp', protocol: 'http/json' }, ['@opentelemetry/exporter-trace-otlp-http']],
    ['gRPC', { type: 'otlp', protocol: 'grpc' }, ['@opentelemetry/exporter-trace-otlp-grpc']],
    ['zipkin', 'zipkin', ['@opentelemetry/exporter-zipkin']],
  ])(
    'The exporter %s needs only the SDK and its own package',
    async (_what, exporter, exporters) => {
      const { imported, importPackage } = importWithout();
      await loadTracePeers(planOf(exporter), importPackage);
      expect(imported).toEqual([...BASE, ...exporters]);
    },
  );

  it('Sdk-trace-base stands in for sdk-trace', async () => {
    const { importPackage } = importWithout('@opentelemetry/sdk-trace');
    const { sdk } = await loadTracePeers(planOf('none'), importPackage);
    const config = {
      resource: undefined,
      sampler: undefined as never,
      spanProcessors: [],
      spanLimits: {},
    };
    expect(sdk.createProvider(config).constructor.name).toBe('BasicTracerProvider');
  });

  it('All missing OpenTelemetry packages are named in one error, with the install command', async () => {
    const missing = [
      '@opentelemetry/sdk-trace',
      '@opentelemetry/core',
      '@opentelemetry/exporter-trace-otlp-proto',
    ];
    const { importPackage } = importWithout(...missing, '@opentelemetry/sdk-trace-base');
    const error = await loadTracePeers(planOf('otlp'), importPackage).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(ConfigurationError);
    const { code, problems } = error as ConfigurationError;
    expect(code).toBe('OBS_PEER_MISSING');
    expect(problems.map((it) => it.value)).toEqual(missing);
    expect(problems[0]?.remedy).toContain(`npm install ${missing.join(' ')} `);
  });

  it('A package that is installed and broken is not called missing', async () => {
    const importPackage = async () => {
      throw new SyntaxError('Unexpected token');
    };
    await expect(loadTracePeers(planOf('otlp'), importPackage)).rejects.toThrow('Unexpected token');
  });
});
