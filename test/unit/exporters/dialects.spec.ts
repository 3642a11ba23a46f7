import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DialectMetrics,
  histogramQuantile,
} from '../../../lib/exporters/prometheus/dialects/dialect-metrics.js';
import {
  type DialectName,
  dialectRows,
} from '../../../lib/exporters/prometheus/dialects/dialects.js';
import { PrometheusExporter } from '../../../lib/exporters/prometheus/prometheus.exporter.js';
import { catalogue } from '../../../lib/metrics/catalogue/catalogue.js';
import {
  exposedNames,
  type MetricDefinition,
} from '../../../lib/metrics/definition/metric-definition.js';
import type { Gauge } from '../../../lib/metrics/instruments/gauge.js';
import type { Histogram } from '../../../lib/metrics/instruments/histogram.js';
import { SelfMetrics } from '../../../lib/metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../../../lib/metrics/registry.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { makeRegistry } from '../metrics/registry-of-test.js';

const names = Object.keys(dialectRows) as DialectName[];
const metrics: readonly MetricDefinition[] = catalogue.flatMap((it) => it.metrics);
const rows = Object.values(dialectRows).flat();

function exporterOf(registry: MetricRegistry, { clock, faults }: ReturnType<typeof makeRegistry>) {
  const self = new SelfMetrics(
    registry,
    { namespace: 'eventcore' },
    {
      versions: { version: '1', node_version: 'v22' },
      warn: () => undefined,
    },
  );
  const exporter = new PrometheusExporter({ registry, self, clock, faults, globalLabels: {} });
  exporter.derive(new DialectMetrics({ dialects: names, namespace: 'eventcore' }));
  return exporter;
}

describe('the table of dialects', () => {
  it.each(rows.map((row) => [row.name, row] as const))(
    'The alias %s has a source, its labels and its own name',
    (name, { source, labels, where = {}, type, scale = 1 }) => {
      const found = metrics.find((it) => it.name === source);
      expect(found, source).toBeDefined();
      expect(found?.labels ?? []).toEqual(
        expect.arrayContaining([...Object.keys(labels), ...Object.keys(where)]),
      );
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      if (type === 'summary') expect(found?.type).toBe('histogram');
      if (scale !== 1) expect(name).toMatch(/_(?:ms|percent)$/);
      const ours = new Set(metrics.flatMap((it) => exposedNames(it)));
      const own = exposedNames({ name, type: type ?? found?.type });
      expect(own.filter((it) => ours.has(it))).toEqual([]);
      expect(rows.filter((it) => it.name === name)).toHaveLength(1);
    },
  );

  it.each(rows.map((row) => [row.name, row] as const))(
    'The alias %s keeps the labels of gauges that cannot be summed',
    (_name, { source, labels }) => {
      const found = metrics.find((it) => it.name === source);
      const kept = found?.type === 'gauge' ? (found.labels ?? []) : Object.keys(labels);
      expect(Object.keys(labels)).toEqual(kept);
    },
  );
});

describe('a quantile of a histogram', () => {
  const of = (bounds: number[], counts: number[], share: number) =>
    histogramQuantile({ bounds, counts: Float64Array.from(counts) }, share);

  it.each<[string, number[], number[], number, number]>([
    ['in the middle of its bucket', [1, 2, 4], [0, 10, 0, 0], 0.5, 1.5],
    ['at the end of its bucket', [1, 2, 4], [5, 5, 0, 0], 0.5, 1],
    ['in the lowest bucket, which begins at 0', [1, 2], [10, 0, 0], 0.9, 0.9],
    ['in the lowest bucket of one below 0', [-1, 2], [10, 0, 0], 0.5, -1],
    ['above all bounds', [1, 2], [0, 0, 10], 0.5, 2],
    ['beside empty buckets', [1, 2, 3], [0, 0, 4, 0], 0, 2],
    ['of all', [1, 2, 3], [1, 2, 1, 0], 1, 3],
    ['without observations', [1], [0, 0], 0.5, Number.NaN],
  ])('A quantile of a histogram is interpolated: %s', (_title, bounds, counts, share, expected) => {
    expect(of(bounds, counts, share)).toBe(expected);
  });

  it('A quantile of a histogram grows with its share and stays within the bounds', () => {
    const counts = fc.array(fc.nat({ max: 1_000 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(counts, (it) => {
        const found = [0, 0.25, 0.5, 0.9, 0.99, 1].map((share) => of([1, 2, 5], it, share));
        if (it.every((count) => count === 0)) expect(found.every(Number.isNaN)).toBe(true);
        else {
          expect(found).toEqual(found.toSorted((a, b) => a - b));
          expect(found.every((q) => q >= 0 && q <= 5)).toBe(true);
        }
      }),
    );
  });
});

describe('aliases', () => {
  function someRegistry() {
    const parts = makeRegistry();
    const { registry } = parts;
    const exporter = exporterOf(registry, parts);
    for (const metric of metrics) registry.register(metric);
    return { ...parts, exporter };
  }

  it('Dialect aliases of whatever is recorded are valid in both formats, and their sums are those of their sources', async () => {
    const value = fc.constantFrom(
      'A',
      'B',
      'append',
      'read',
      'critical',
      'a"\n\\',
      '__other__',
      '',
    );
    const change = fc.record({
      metric: fc.nat(),
      values: fc.array(value, { minLength: 4, maxLength: 4 }),
      amount: fc.integer({ min: 0, max: 1_000 }),
      removes: fc.constantFrom(false, false, false, true),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { maxLength: 20 }), { maxLength: 3 }),
        async (scrapes) => {
          const { registry, exporter } = someRegistry();
          for (const changes of [...scrapes, []]) {
            for (const { metric, values, amount, removes } of changes) {
              const { source } = rows[metric % rows.length]!;
              const instrument = registry.get(source)!;
              const { labels = [] } = instrument.definition;
              const set = Object.fromEntries(labels.map((it, i) => [it, values[i] ?? '']));
              if (removes) instrument.remove(set);
              else if ('labelsWithBounds' in instrument)
                // A handler has its own bounds, whatever the outcome.
                instrument
                  .labelsWithBounds(set, values[0] === 'A' ? [1, 10] : undefined)
                  .observe(amount);
              else instrument.labels(set).inc(amount);
            }
            const text = await exporter.render();
            const families = parseTextFormat(text);
            const open = parseOpenMetrics((await exporter.expose('openmetrics')).text());
            for (const row of rows) {
              const series = registry.get(row.source)!.seriesCount;
              const family = families.get(row.name);
              if (series === 0) expect(family).toBeUndefined();
              expect(open.has(row.name.replace(/_total$/, '')) || open.has(row.name)).toBe(
                family !== undefined,
              );
              if (row.where !== undefined || family === undefined) continue;
              const total = sumOf(families, row.source, row.scale ?? 1);
              expect(sumOf(families, row.name, 1)).toBeCloseTo(total, 6);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  function sumOf(
    families: ReturnType<typeof parseTextFormat>,
    name: string,
    scale: number,
  ): number {
    const samples = families.get(name)?.samples ?? [];
    const isDistribution = samples.some((it) => it.name === `${name}_sum`);
    const wanted = isDistribution ? `${name}_sum` : name;
    return samples
      .filter((it) => it.name === wanted)
      .reduce((sum, it) => sum + it.value * scale, 0);
  }

  it('Dialect aliases of series with different bounds are valid, too', async () => {
    const { registry, exporter } = someRegistry();
    const duration = registry.get('eventcore_command_duration_seconds') as Histogram;
    duration.labels({ command_type: 'A', outcome: 'success' }).observe(1);
    duration.labelsWithBounds({ command_type: 'A', outcome: 'failure' }, [7]).observe(1);
    duration.labelsWithBounds({ command_type: 'B', outcome: 'failure' }, [7]).observe(1);
    const text = await exporter.render();
    const family = parseTextFormat(text).get('eventcore_command_duration_ms');
    const counts = family?.samples.filter((it) => it.name.endsWith('_count'));
    expect(counts?.map((it) => [it.labels['command_type'], it.value])).toEqual([
      ['A', 1],
      ['B', 1],
    ]);
    parseOpenMetrics((await exporter.expose('openmetrics')).text());
  });

  it('Dialect aliases have the names, units, labels and quantiles of their dialect', async () => {
    const { registry, exporter } = someRegistry();
    const of = (name: string) =>
      registry.get(name) as never as {
        labels(it: object): {
          inc(by?: number): void;
          observe(it: number): void;
          set(it: number): void;
        };
      };
    of('eventcore_commands_total').labels({ command_type: 'A' }).inc(3);
    for (const [outcome, seconds] of [
      ['success', 0.07],
      ['failure', 2],
    ] as const) {
      of('eventcore_command_duration_seconds')
        .labels({ command_type: 'A', outcome })
        .observe(seconds);
      of('eventcore_pipeline_latency_seconds').labels({ pipeline: 'Q' }).observe(seconds);
    }
    for (const [operation, count] of [
      ['append', 2],
      ['read', 3],
      ['read_all', 4],
    ] as const)
      of('eventcore_event_store_operations_total')
        .labels({ operation, outcome: 'success' })
        .inc(count);
    of('eventcore_projection_lag_seconds').labels({ projection_name: 'p' }).set(1.5);
    of('eventcore_errors_total')
      .labels({ source: 'query', error_type: 'E', category: 'critical' })
      .inc(5);
    const text = await exporter.render();
    expect(sampleOf(text, 'eventcore_commands_executed', { command_type: 'A' })).toBe(3);
    const duration = 'eventcore_command_duration_ms';
    expect(sampleOf(text, `${duration}_sum`, { command_type: 'A' })).toBeCloseTo(2070, 9);
    expect(sampleOf(text, `${duration}_bucket`, { command_type: 'A', le: '100' })).toBe(1);
    expect(sampleOf(text, `${duration}_bucket`, { command_type: 'A', le: '+Inf' })).toBe(2);
    expect(sampleOf(text, 'eventcore_event_store_writes', {})).toBe(2);
    expect(sampleOf(text, 'eventcore_event_store_reads', {})).toBe(7);
    expect(sampleOf(text, 'eventcore_projection_lag_ms', { projection_name: 'p' })).toBe(1500);
    expect(sampleOf(text, 'eventcore_errors_critical', {})).toBe(5);
    const latency = (quantile: string) =>
      sampleOf(text, 'query_latency_seconds', { query_id: 'Q', quantile });
    expect(['0.5', '0.9', '0.95', '0.99'].map(latency)).toEqual(
      [0.1, 2.2, 2.35, 2.47].map((it) => expect.closeTo(it, 9)),
    );
    expect(sampleOf(text, 'query_latency_seconds_count', { query_id: 'Q' })).toBe(2);
    expect(sampleOf(text, 'query_latency_seconds_sum', { query_id: 'Q' })).toBe(2.07);
    expect(text).toContain('# TYPE query_latency_seconds summary\n');
    expect(text).toContain('# TYPE eventcore_commands_executed counter\n');
    const open = (await exporter.expose('openmetrics')).text();
    expect(open).toContain('# TYPE eventcore_commands_executed unknown\n');
  });

  it('Dialect aliases leave a metric of the application in its place, and say so', async () => {
    const { registry, exporter, refused } = someRegistry();
    registry.gauge({ name: 'query_active_count', help: 'Of the application.' }).set(7);
    registry.gauge({ name: 'query_latency_seconds_count', help: 'Of the application.' }).set(8);
    (registry.get('eventcore_pipelines_active') as Gauge).set(1);
    (registry.get('eventcore_pipeline_latency_seconds') as Histogram)
      .labels({ pipeline: 'Q' })
      .observe(1);
    const families = parseTextFormat(await exporter.render());
    expect(families.get('query_active_count')?.samples).toEqual([
      { name: 'query_active_count', labels: {}, value: 7 },
    ]);
    expect(families.has('query_latency_seconds')).toBe(false);
    parseOpenMetrics((await exporter.expose('openmetrics')).text());
    expect(refused).toEqual(['prometheus', 'prometheus', 'prometheus', 'prometheus']);
  });

  it('Dialect aliases have the first word of the application, and the labels of its handlers', () => {
    const { registry } = makeRegistry();
    const counter = registry.counter({
      name: 'shop_commands_total',
      help: 'x',
      labels: ['command_type', 'tenant'],
    });
    counter.labels({ command_type: 'A', tenant: 't' }).inc();
    const choice = { dialects: ['eventcore-0.1'] as const, namespace: 'shop' };
    const aliases = new DialectMetrics(choice).of(registry.snapshot(), () => false);
    expect(aliases.metrics.map((it) => [it.definition.name, it.definition.labels])).toEqual([
      ['shop_commands_executed', ['command_type', 'tenant']],
    ]);
  });

  it('Dialect aliases share the label sets of their source, so that their text is kept', () => {
    const { registry } = makeRegistry();
    const failed = registry.counter({
      name: 'eventcore_pipeline_errors_total',
      help: 'x',
      labels: ['pipeline'],
    });
    const commands = registry.counter({
      name: 'eventcore_commands_total',
      help: 'x',
      labels: ['command_type'],
    });
    failed.labels({ pipeline: 'a' }).inc();
    commands.labels({ command_type: 'a' }).inc();
    const aliases = new DialectMetrics({ dialects: names, namespace: 'eventcore' });
    const sets = () =>
      aliases
        .of(registry.snapshot(), () => false)
        .metrics.map((it) => [it.definition, it.blocks[0]?.labelSets] as const);
    const first = sets();
    failed.labels({ pipeline: 'a' }).inc();
    sets().forEach(([definition, labelSets], i) => {
      expect(definition).toBe(first[i]?.[0]);
      expect(labelSets).toBe(first[i]?.[1]);
    });
  });
});
