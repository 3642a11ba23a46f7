import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../../../lib/kernel/configuration-error.js';
import { assertTelemetryOptions } from '../../../../../lib/tracing/start-up/options/telemetry-description.js';

function problemsOf(options: unknown): ConfigurationError['problems'] {
  try {
    assertTelemetryOptions(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).code).toBe('OBS_OPTION_INVALID');
    return (error as ConfigurationError).problems;
  }
  return [];
}

const exporter = { export: () => {}, shutdown: async () => {} };

describe('options of telemetry', () => {
  it.each<[string, unknown]>([
    ['none', {}],
    ['a word', { exporter: 'otlp' }],
    ['several exporters', { exporter: ['otlp', { type: 'zipkin', endpoint: 'http://z' }, 'none'] }],
    ['a custom exporter', { exporter: { type: 'custom', name: 'mine', exporter } }],
    ['labels', { labels: { team: 'a', shard: 1, canary: false } }],
    ['a custom sampler', { sampler: { shouldSample: () => ({}) } }],
    [
      'nested samplers',
      {
        sampler: {
          type: 'by-name',
          rules: [{ name: 'poll *', sampler: { type: 'parent-based', root: 'never' } }],
          otherwise: { type: 'rate-limit', spansPerSecond: 0.5 },
        },
      },
    ],
    ['headers', { exporter: { type: 'otlp', headers: { 'x-api-key': 'k' } } }],
  ])('The telemetry options are accepted: %s', (_what, options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  it.each<[subject: string, options: unknown, rule: string]>([
    ['options', null, 'an object of options'],
    ['options', 'shop', 'an object of options'],
    ['servicename', { servicename: 'shop' }, 'not a known option'],
    ['serviceName', { serviceName: ' ' }, '1 to 256 characters'],
    ['labels.team', { labels: { team: null } }, 'a finite number or a boolean'],
    ['labels.team', { labels: { team: Number.NaN } }, 'a finite number or a boolean'],
    ['exporter', { exporter: 'datadog' }, 'otlp, jaeger, zipkin'],
    ['exporter', { exporter: null }, 'otlp, jaeger, zipkin'],
    ['exporter.type', { exporter: { type: 'datadog' } }, 'one of otlp, jaeger'],
    ['exporter[1]', { exporter: ['otlp', 'datadog'] }, 'otlp, jaeger, zipkin'],
    ['exporter[0].protocol', { exporter: [{ type: 'otlp', protocol: 'udp' }] }, 'http/protobuf'],
    [
      'exporter.compression',
      { exporter: { type: 'otlp', compression: 'br' } },
      'one of none, gzip',
    ],
    [
      'exporter.compression',
      { exporter: { type: 'zipkin', compression: 'gzip' } },
      'not a known option',
    ],
    ['exporter.endpoint', { exporter: { type: 'otlp', endpoint: 'collector:4318' } }, 'a URL'],
    ['exporter.endpoint', { exporter: { type: 'otlp', endpoint: '' } }, 'a URL'],
    ['exporter.timeoutMs', { exporter: { type: 'otlp', timeoutMs: 0 } }, 'milliseconds'],
    ['exporter.exporter', { exporter: { type: 'custom', name: 'a', exporter: 1 } }, 'export()'],
    ['sampler', { sampler: 'sometimes' }, 'always, never'],
    ['sampler.type', { sampler: { type: 'xray' } }, 'one of ratio'],
    ['sampler.ratio', { sampler: { type: 'ratio', ratio: 1.1 } }, 'from 0 to 1'],
    ['sampler.root', { sampler: { type: 'parent-based' } }, 'always, never'],
    [
      'sampler.root.spansPerSecond',
      { sampler: { type: 'parent-based', root: { type: 'rate-limit', spansPerSecond: 0 } } },
      'a finite number above 0',
    ],
    ['sampler.rules', { sampler: { type: 'by-name', rules: [] } }, 'at least one'],
    ['propagators[0]', { propagators: ['jaeger'] }, 'tracecontext, baggage'],
    [
      'batch.maxBatchSize',
      { batch: { maxQueueSize: 10, maxBatchSize: 11 } },
      'not be above maxQueueSize',
    ],
    ['batch.delayMs', { batch: { delayMs: 2_147_483_648 } }, 'milliseconds'],
    ['spanProcessors[0]', { spanProcessors: [null] }, 'onStart()'],
    ['traceStore', { traceStore: 'memory' }, 'limits of the store'],
    ['traceStore.maxSpans', { traceStore: { maxSpans: 0 } }, 'from 1 to 100,000'],
    ['shutdownTimeoutMs', { shutdownTimeoutMs: Infinity }, 'milliseconds'],
    ['warn', { warn: 'loudly' }, 'a function'],
    ['clock', { clock: Date }, 'monotonicMs()'],
  ])('The telemetry option %s with %j is refused with its rule', (subject, options, rule) => {
    const [problem] = problemsOf(options).filter((it) => it.subject.startsWith(subject));
    expect(problem?.rule, JSON.stringify(problemsOf(options))).toContain(rule);
    expect(problem?.remedy).not.toBe('');
  });

  it.each<[string, unknown]>([
    ['headers', { exporter: { type: 'otlp', headers: { 'x-api-key': 'my-secret\n' } } }],
    ['headers', { exporter: { type: 'otlp', headers: { 'x-api-key': 4711 } } }],
    ['headers', { exporter: { type: 'otlp', headers: { 'not a name': 'my-secret' } } }],
    ['endpoint', { exporter: { type: 'otlp', endpoint: 'http://me:my-secret@host' } }],
    ['endpoint', { exporter: { type: 'otlp', endpoint: 'http:me:my-secret@host' } }],
  ])('Secret telemetry options %s are not shown: case %#', (subject, options) => {
    const problems = problemsOf(options);
    expect(problems[0]?.subject).toContain(subject);
    expect(JSON.stringify(problems)).not.toMatch(/my-secret|4711/);
  });

  it('Every problem is named at once', () => {
    expect(problemsOf({ serviceName: '', keepErrors: 1, exporter: 'x' })).toHaveLength(3);
  });
});
