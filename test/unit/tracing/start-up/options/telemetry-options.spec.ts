import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../../../lib/kernel/configuration-error.js';
import {
  telemetryOptionRules,
  telemetryRuleOf,
} from '../../../../../lib/tracing/start-up/options/telemetry-option-rules.js';
import { assertTelemetryOptions } from '../../../../../lib/tracing/start-up/options/telemetry-options-schema.js';

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
  ])('%s are accepted', (_what, options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  it.each<[subject: string, options: unknown, rule: string]>([
    ['options', null, 'an object of known options'],
    ['options', 'shop', 'an object of known options'],
    ['servicename', { servicename: 'shop' }, 'an object of known options'],
    ['serviceName', { serviceName: ' ' }, '1 to 256 characters'],
    ['labels.team', { labels: { team: null } }, 'finite numbers or booleans'],
    ['labels.team', { labels: { team: Number.NaN } }, 'finite numbers or booleans'],
    ['exporter', { exporter: 'datadog' }, 'otlp, jaeger, zipkin'],
    ['exporter', { exporter: null }, 'otlp, jaeger, zipkin'],
    ['exporter.type', { exporter: { type: 'datadog' } }, 'otlp, jaeger, zipkin'],
    ['exporter.1', { exporter: ['otlp', 'datadog'] }, 'otlp, jaeger, zipkin'],
    ['exporter.0.protocol', { exporter: [{ type: 'otlp', protocol: 'udp' }] }, 'http/protobuf'],
    ['exporter.compression', { exporter: { type: 'otlp', compression: 'br' } }, 'none or gzip'],
    [
      'exporter.compression',
      { exporter: { type: 'zipkin', compression: 'gzip' } },
      'known options',
    ],
    ['exporter.endpoint', { exporter: { type: 'otlp', endpoint: 'collector:4318' } }, 'a URL'],
    ['exporter.endpoint', { exporter: { type: 'otlp', endpoint: '' } }, 'a URL'],
    ['exporter.timeoutMs', { exporter: { type: 'otlp', timeoutMs: 0 } }, 'milliseconds'],
    ['exporter.exporter', { exporter: { type: 'custom', name: 'a', exporter: 1 } }, 'export()'],
    ['sampler', { sampler: 'sometimes' }, 'always, never'],
    ['sampler.type', { sampler: { type: 'xray' } }, 'always, never'],
    ['sampler.ratio', { sampler: { type: 'ratio', ratio: 1.1 } }, 'from 0 to 1'],
    ['sampler.root', { sampler: { type: 'parent-based' } }, 'always, never'],
    [
      'sampler.root.spansPerSecond',
      { sampler: { type: 'parent-based', root: { type: 'rate-limit', spansPerSecond: 0 } } },
      'a finite number above 0',
    ],
    ['sampler.rules', { sampler: { type: 'by-name', rules: [] } }, 'at least one'],
    ['propagators.0', { propagators: ['b3'] }, 'tracecontext and baggage'],
    ['batch', { batch: { maxQueueSize: 10, maxBatchSize: 11 } }, 'not above maxQueueSize'],
    ['batch.delayMs', { batch: { delayMs: 2_147_483_648 } }, 'milliseconds'],
    ['spanProcessors.0', { spanProcessors: [null] }, 'onStart()'],
    ['traceStore', { traceStore: 'memory' }, 'limits of the store'],
    ['shutdownTimeoutMs', { shutdownTimeoutMs: Infinity }, 'milliseconds'],
    ['warn', { warn: 'loudly' }, 'a function'],
    ['clock', { clock: Date }, 'monotonicMs()'],
  ])('%s: %j is refused with its rule', (subject, options, rule) => {
    const [problem] = problemsOf(options).filter((it) => it.subject.startsWith(subject));
    expect(problem?.rule, JSON.stringify(problemsOf(options))).toContain(rule);
    expect(problem?.remedy).not.toBe('');
  });

  it.each<[string, unknown]>([
    ['headers', { exporter: { type: 'otlp', headers: { 'x-api-key': 'my-secret\n' } } }],
    ['headers', { exporter: { type: 'otlp', headers: { 'x-api-key': 4711 } } }],
    ['headers', { exporter: { type: 'otlp', headers: { 'not a name': 'my-secret' } } }],
    ['endpoint', { exporter: { type: 'otlp', endpoint: 'http://me:my-secret@host' } }],
  ])('%s that are refused are not shown: %#', (subject, options) => {
    const problems = problemsOf(options);
    expect(problems[0]?.subject).toContain(subject);
    expect(JSON.stringify(problems)).not.toMatch(/my-secret|4711/);
  });

  it('every problem is named at once', () => {
    expect(problemsOf({ serviceName: '', keepErrors: 1, exporter: 'x' })).toHaveLength(3);
  });
});

describe('rules of options', () => {
  it('are found for nested and listed options', () => {
    expect(telemetryRuleOf('exporter.3.endpoint')).toBe(telemetryOptionRules['exporter.endpoint']);
    expect(telemetryRuleOf('exporter.3')).toBe(telemetryOptionRules['exporter']);
    expect(telemetryRuleOf('sampler.rules.0.sampler.ratio')).toBe(
      telemetryOptionRules['sampler.ratio'],
    );
    expect(telemetryRuleOf('exporter.headers.x-api-key')).toBe(
      telemetryOptionRules['exporter.headers'],
    );
  });
});
