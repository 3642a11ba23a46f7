import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileDescription } from '../../../lib/config/file-description.js';
import { otlpMetricsOptions } from '../../../lib/exporters/otlp/otlp-options.js';
import { statsdOptions } from '../../../lib/exporters/statsd/statsd-options.js';
import { historyOptions } from '../../../lib/history/history-options.js';
import { livePageOptions } from '../../../lib/live/live-options.js';
import { alertingOptions } from '../../../lib/alerts/alerting-description.js';
import { performanceOptions } from '../../../lib/performance/performance-options.js';
import { profilingOptions } from '../../../lib/profiling/profiling-options.js';
import { databasesOptions } from '../../../lib/integrations/databases/databases-options.js';
import { otelMetricsOptions } from '../../../lib/integrations/otel-metrics/metric-view.js';
import { loggingOptions } from '../../../lib/logging/logging-options.js';
import { moduleOptions } from '../../../lib/module/options/module-options.js';
import { optionProblems } from '../../../lib/options/assert-options.js';
import { describedOptions, type OptionDescription } from '../../../lib/options/description.js';
import { telemetryOptions } from '../../../lib/tracing/start-up/options/telemetry-description.js';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../config.schema.json'), 'utf8'),
) as Schema;

/** Options whose values exist in code only. */
const codeOnly = {
  module: [
    'cardinality.labels.*.groups',
    'cardinality.perMetric.*.labels.*.groups',
    'clock',
    'criticalErrors',
    'diagnosis.decorators',
    'diagnosis.guards',
    'diagnosis.imports',
    'errorCategory',
    'exporters',
    'failures',
    'health.checks',
    'health.controller',
    'health.decorators',
    'health.guards',
    'health.imports',
    'plugins',
    'prometheus.controller',
    'prometheus.decorators',
    'prometheus.guards',
    'prometheus.imports',
    'rejections',
    'tracing.store',
  ],
  telemetry: ['clock', 'exporter[].exporter', 'spanProcessors', 'traceStore.onFault', 'warn'],
  logging: ['levelEndpoint'],
  history: ['api.decorators', 'api.guards'],
  performance: [],
  alerts: ['leader'],
  livePage: ['decorators', 'guards'],
  profiling: ['decorators', 'guards'],
  otelMetrics: [],
  databases: [],
};

const pathsOf = (description: OptionDescription) => [...describedOptions(description)];
const section = (name: string) => fileDescription.members[name] as OptionDescription;

describe('the options of a configuration file', () => {
  it.each([
    ['module', moduleOptions],
    ['telemetry', telemetryOptions],
    ['logging', loggingOptions],
    ['history', historyOptions],
    ['performance', performanceOptions],
    ['alerts', alertingOptions],
    ['livePage', livePageOptions],
    ['profiling', profilingOptions],
    ['otelMetrics', otelMetricsOptions],
    ['databases', databasesOptions],
  ] as const)('Each option of the section %s is in the file or in code only', (name, options) => {
    const known = new Set(pathsOf(section(name)).map(([path]) => path));
    const missing = pathsOf(options)
      .map(([path]) => path)
      .filter((path) => !known.has(path));
    const outermost = missing.filter(
      (it) => !missing.some((other) => it.startsWith(`${other}.`) || it.startsWith(`${other}[`)),
    );
    expect([...new Set(outermost)].toSorted()).toEqual(codeOnly[name]);
  });

  it.each(
    Object.entries(codeOnly).flatMap(([name, paths]) =>
      paths.filter((it) => !it.includes('[')).map((it) => [name, it]),
    ),
  )('The option %s.%s is refused in a file with the place for it', (name, path) => {
    const steps = path.split('.');
    const value = steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), 'x');
    const problems = optionProblems('', fileDescription, { [name]: value });
    expect(problems.map((it) => it.rule)).toHaveLength(1);
    expect(problems[0]?.rule).toMatch(/can be set in code only|is a section of its own/);
  });

  it.each([
    ['otlp', otlpMetricsOptions, []],
    ['statsd', statsdOptions, ['send']],
  ] as const)(
    'Each option of the exporter %s is in the file or in code only',
    (name, options, lost) => {
      const known = new Set(pathsOf(fileDescription).map(([path]) => path));
      const missing = pathsOf(options)
        .map(([path]) => path)
        .filter((path) => !known.has(`exporters[].${name}.${path}`));
      expect(missing).toEqual(lost);
    },
  );

  it('The schema and the check at the start agree about generated files', () => {
    const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    const rules = new Set(groupRules(fileDescription));
    const verdicts = { good: 0, bad: 0 };
    fc.assert(
      fc.property(fileOf(schema), (file) => {
        const problems = optionProblems('', fileDescription, withoutNulls(file)).filter(
          ({ rule }) => !rules.has(rule),
        );
        expect(accepts(file), JSON.stringify(problems)).toBe(problems.length === 0);
        verdicts[problems.length === 0 ? 'good' : 'bad']++;
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(verdicts.good, verdicts.bad)).toBeGreaterThan(300);
  });
});

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly minProperties?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const TEXTS = [
  'severity="critical"',
  '5m',
  '22:00',
  '24:00',
  'monday:friday',
  '1:5',
  'december',
  'oncall@shop.example',
  'orders',
  'shop',
  '/metrics',
  '/orders/*',
  'http://collector:4318',
  'x-key',
  'a b',
  '90m',
];
const WRONG = ['', -1, 1.5, 1e15, true, 'orders', ['x'], { x: 1 }, 'http://collector:4318'];

/** Values of a schema, one in about thirty of them wrong. */
function fileOf(node: Schema, depth = 0): fc.Arbitrary<unknown> {
  const right = rightOf(node, depth);
  return fc.oneof(
    { weight: 40, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom(...WRONG) },
  );
}

function rightOf(node: Schema, depth: number): fc.Arbitrary<unknown> {
  if (node.$ref !== undefined) {
    const target = schema.$defs?.[node.$ref.split('/').at(-1) ?? ''] as Schema;
    return depth > 8 ? fc.constant('always') : fileOf(target, depth + 1);
  }
  if (node.anyOf !== undefined) {
    const parts = node.anyOf.filter((it) => it.$ref !== '#/$defs/substituted');
    return fc.oneof(...parts.map((it) => fileOf(it, depth)));
  }
  if ('const' in node) return fc.constant(node.const);
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  switch (node.type) {
    case 'object':
      return objectOf(node, depth);
    case 'array':
      return arrayOf(node, depth);
    case 'string':
      return fc.constantFrom(...textsOf(node));
    case 'integer':
      return fc.integer({
        min: node.minimum ?? 0,
        max: Math.min(node.maximum ?? 1e6, 2 ** 31 - 1),
      });
    case 'number': {
      const least = (node.exclusiveMinimum ?? -1) + 1;
      return fc.constantFrom(Math.max(node.minimum ?? 0, least), node.maximum ?? 20);
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(JSON.stringify(node).slice(0, 200));
  }
}

function textsOf({ pattern = '', maxLength = 1e9 }: Schema): string[] {
  const found = TEXTS.filter((it) => new RegExp(pattern, 'u').test(it) && it.length <= maxLength);
  if (found.length === 0) throw new Error(`No text for ${pattern}.`);
  return found;
}

function arrayOf({ items }: Schema, depth: number): fc.Arbitrary<unknown> {
  // Bounds must ascend.
  if (items?.type === 'number') return fc.constantFrom([0.1, 1, 5], [2]);
  return fc.array(fileOf(items as Schema, depth + 1), { minLength: 1, maxLength: 2 });
}

function objectOf(node: Schema, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames = {} } = node;
  if (additionalProperties) {
    const name = fc.constantFrom(...textsOf(propertyNames).filter((it) => /^[a-z-]+$/.test(it)));
    return fc.dictionary(name, fileOf(additionalProperties, depth + 1), { maxKeys: 2 });
  }
  const names = Object.keys(properties);
  const optional = names.filter((it) => !required.includes(it));
  const one = node.minProperties === 1;
  return fc
    .subarray(optional, {
      minLength: one ? 1 : 0,
      maxLength: Math.min(one ? 1 : 3, optional.length),
    })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          [...required, ...chosen].map((it) => [it, fileOf(properties[it] as Schema, depth + 1)]),
        ),
      ),
    );
}

/** An empty value in YAML is an omitted one. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, it]) => [name, withoutNulls(it ?? undefined)]);
  return Object.fromEntries(entries);
}

/** Rules about several options, which a schema does not express. */
function* groupRules(description: OptionDescription): Generator<string> {
  switch (description.kind) {
    case 'list':
      return yield* groupRules(description.item);
    case 'record':
      return yield* groupRules(description.value);
    case 'variant':
      for (const it of Object.values(description.among)) yield* groupRules(it);
      return;
    case 'group':
      for (const { rule } of description.checks ?? []) yield rule;
      for (const it of Object.values(description.members)) yield* groupRules(it);
      return;
    default:
  }
}
