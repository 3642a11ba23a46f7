import { describe, expect, it } from 'vitest';
import { type OtlpMetricsOptions, otlp } from '../../../../lib/exporters/otlp/index.js';
import { otlpSettings } from '../../../../lib/exporters/otlp/otlp-settings.js';
import { type Environment, StandardVariables } from '../../../../lib/options/standard-variables.js';

function read(env: Environment, options: OtlpMetricsOptions = {}) {
  const warned: string[] = [];
  return {
    ...otlpSettings(options, new StandardVariables(env, (message) => warned.push(message))),
    warned,
  };
}

describe('the settings of the OTLP exporter', () => {
  it('The settings of the OTLP exporter have defaults', () => {
    expect(read({})).toEqual({
      protocol: 'http/protobuf',
      url: 'http://localhost:4318/v1/metrics',
      headers: {},
      compression: 'none',
      temporality: 'cumulative',
      histograms: 'explicit',
      intervalMs: 60_000,
      timeoutMs: 10_000,
      usesCertificateFiles: false,
      warned: [],
    });
    expect(read({}, { protocol: 'grpc' }).url).toBe('http://localhost:4317');
  });

  it.each<[string, string, object]>([
    ['OTEL_METRIC_EXPORT_INTERVAL', '5000', { intervalMs: 5000 }],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '30000', { timeoutMs: 30_000 }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '7', { timeoutMs: 7 }],
    ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', '8', { timeoutMs: 8 }],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', { protocol: 'http/json' }],
    ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', ' GRPC ', { protocol: 'grpc' }],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip', { compression: 'gzip' }],
    ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'gzip', { compression: 'gzip' }],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Delta', { temporality: 'delta' }],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'lowmemory', { temporality: 'delta' }],
    [
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      'cumulative',
      { temporality: 'cumulative' },
    ],
    [
      'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
      'base2_exponential_bucket_histogram',
      { histograms: 'exponential' },
    ],
    [
      'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
      'explicit_bucket_histogram',
      { histograms: 'explicit' },
    ],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c:1/a/', { url: 'http://c:1/a/v1/metrics' }],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://c:1/own', { url: 'http://c:1/own' }],
  ])('The settings of the OTLP exporter come from %s=%s', (name, value, expected) => {
    expect(read({ [name]: value })).toMatchObject({ ...expected, warned: [] });
  });

  it.each<[string, string]>([
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ['OTEL_METRIC_EXPORT_INTERVAL', 'soon'],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '-1'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '1.5'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/xml'],
    ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'br'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'both'],
    ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'exponential'],
    ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'collector:4318'],
  ])('The settings of the OTLP exporter ignore %s=%s with a warning', (name, value) => {
    const { warned, ...settings } = read({ [name]: value });
    expect(warned).toEqual([expect.stringContaining(`${name}`)]);
    expect(warned[0]).toContain('is ignored');
    expect({ ...settings, warned: [] }).toEqual(read({}));
  });

  it('The settings of the OTLP exporter prefer options, then the variables of metrics, then those of all signals', () => {
    const shared = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://shared:1',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
    const own = {
      ...shared,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://own:1',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: '3',
    };
    expect(read(own)).toMatchObject({
      url: 'http://own:1',
      compression: 'none',
      timeoutMs: 2,
      protocol: 'http/protobuf',
      intervalMs: 3,
    });
    const options: OtlpMetricsOptions = {
      endpoint: 'http://option:1',
      compression: 'gzip',
      timeoutMs: 4,
      intervalMs: 5,
      protocol: 'http/json',
      temporality: 'cumulative',
      histograms: 'explicit',
    };
    expect(read(own, options)).toMatchObject({ ...optionsOf(options), warned: [] });
    // The shorter limit holds.
    expect(read({ ...own, OTEL_METRIC_EXPORT_TIMEOUT: '1' }).timeoutMs).toBe(1);
  });

  it('The settings of the OTLP exporter have a target of gRPC with or without a protocol', () => {
    const name = 'OTEL_EXPORTER_OTLP_ENDPOINT';
    const url = (value: string) => read({ [name]: value }, { protocol: 'grpc' });
    expect(url('collector:4317').url).toBe('collector:4317');
    expect(url('https://collector:4317').url).toBe('https://collector:4317');
    expect(url('ftp://user:secret@collector')).toMatchObject({
      url: 'http://localhost:4317',
      warned: [expect.not.stringContaining('secret')],
    });
  });

  it('The settings of the OTLP exporter tell the application whether to keep exponential buckets', () => {
    expect(otlp().exponentialHistograms).toBe(false);
    expect(otlp({ histograms: 'exponential' }).exponentialHistograms).toBe(true);
  });
});

function optionsOf({ endpoint, ...others }: OtlpMetricsOptions) {
  return { ...others, url: `${endpoint}/v1/metrics` };
}
