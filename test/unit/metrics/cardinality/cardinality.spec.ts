import { describe, expect, it } from 'vitest';
import type { CardinalityBounds } from '../../../../lib/metrics/cardinality/cardinality.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ErrorMetrics } from '../../../../lib/metrics/recorders/error-metrics.js';
import { MetricRegistry } from '../../../../lib/metrics/registry.js';
import { SelfMetrics } from '../../../../lib/metrics/recorders/self-metrics.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { commandKind } from '../../../../lib/kinds/command.decorator.js';

const help = 'A metric of a test.';
const naming = { namespace: 'eventcore' };

function observed(bounds: Partial<CardinalityBounds> = {}) {
  const clock = new ManualClock();
  const faults = new Faults(clock);
  const warnings: string[] = [];
  const registry = new MetricRegistry({
    seriesLimit: 1000,
    ...bounds,
    clock,
    faults,
    onFold: (metric) => self.folded(metric),
  });
  const self = new SelfMetrics(registry, naming, {
    versions: { version: '1', node_version: 'v22' },
    warn: (message) => warnings.push(message),
  });
  faults.connect(self);
  const seriesOf = (name: string) => {
    const blocks = registry.get(name)?.snapshot().blocks ?? [];
    return Object.fromEntries(
      blocks.flatMap(({ labelSets, values, stride }) =>
        labelSets.map((it, i) => [it.join('|'), values[i * stride]]),
      ),
    );
  };
  const folded = () => seriesOf('eventcore_observability_series_folded_total');
  return { registry, clock, warnings, seriesOf, folded };
}

/** Series that the library has before an application makes its first. */
const OWN_SERIES = observed()
  .registry.list()
  .reduce((sum, it) => sum + it.seriesCount, 0);

describe('the limit of one metric', () => {
  it('The limit of one metric is its own when it has one, whatever its definition and the limit of all say', () => {
    const { registry, folded, seriesOf } = observed({ seriesLimit: 3, perMetric: { a_total: 2 } });
    const a = registry.counter({ name: 'a_total', help, labels: ['x'], seriesLimit: 9 });
    const b = registry.counter({ name: 'b_total', help, labels: ['x'] });
    for (const x of [1, 2, 3, 4]) for (const metric of [a, b]) metric.labels({ x }).inc();
    expect(seriesOf('a_total')).toEqual({ 1: 1, 2: 1, __other__: 2 });
    expect(seriesOf('b_total')).toEqual({ 1: 1, 2: 1, 3: 1, __other__: 1 });
    expect(folded()).toEqual({ a_total: 2, b_total: 1 });
  });
});

describe('the limit of all metrics', () => {
  it('The limit of all metrics folds what comes after it into the series __other__ of its metric', () => {
    const { registry, seriesOf, folded } = observed({ totalSeriesLimit: OWN_SERIES + 15 });
    const a = registry.counter({ name: 'a_total', help, labels: ['x'] });
    const b = registry.gauge({ name: 'b', help, labels: ['x'] });
    for (let x = 0; x < 20; x++) a.labels({ x }).inc();
    b.labels({ x: 'late' }).set(1);
    expect(a.seriesCount).toBe(15 + 1);
    expect(seriesOf('a_total')['__other__']).toBe(5);
    expect(seriesOf('b')).toEqual({ __other__: 1 });
    expect(folded()).toEqual({ a_total: 5, b: 1 });
  });

  it('The limit of all metrics gives the room of a removed series to another one', () => {
    const { registry, seriesOf } = observed({ totalSeriesLimit: OWN_SERIES + 10 });
    const a = registry.gauge({ name: 'a', help, labels: ['x'] });
    for (let x = 0; x < 10; x++) a.labels({ x }).set(x);
    registry
      .gauge({ name: 'b', help, labels: ['x'] })
      .labels({ x: 'new' })
      .set(7);
    expect(seriesOf('b')).toEqual({ __other__: 7 });
    for (let x = 0; x < 10; x++) a.remove({ x });
    registry
      .gauge({ name: 'b', help, labels: ['x'] })
      .labels({ x: 'newer' })
      .set(8);
    expect(seriesOf('b')).toEqual({ __other__: 7, newer: 8 });
  });

  it('The limit of all metrics never turns away what the library says about itself, and metrics without labels', () => {
    const { registry, folded } = observed({ totalSeriesLimit: 1 });
    registry.counter({ name: 'a_total', help }).inc();
    registry
      .counter({ name: 'b_total', help, labels: ['x'] })
      .labels({ x: 1 })
      .inc();
    const { metrics } = registry.snapshot();
    const series = metrics.find((it) => it.definition.name === 'eventcore_observability_series');
    const names = series?.blocks.flatMap((it) => it.labelSets.map(([metric]) => metric)) ?? [];
    expect(names).toContain('a_total');
    expect(names).not.toContain('__other__');
    expect(folded()).toEqual({ b_total: 1 });
  });

  it('The limit of all metrics keeps all metrics of a handler or none of them', () => {
    for (let total = 1; total < 60; total++) {
      const { registry, clock, seriesOf } = observed({ totalSeriesLimit: total });
      const errors = new ErrorMetrics(registry, clock, naming);
      const commands = commandKind.measure({ registry, errors, naming, clock });
      const names = ['A', 'B', 'C'];
      for (const name of names) {
        const observer = commands.bind({ kind: commandKind, name, labels: {} });
        observer.started();
        observer.succeeded(1, 1, 1);
      }
      registry.snapshot();
      const finished = seriesOf('eventcore_commands_total');
      const attempts = seriesOf('eventcore_command_attempts');
      expect(Object.keys(attempts).toSorted()).toEqual(Object.keys(finished).toSorted());
      const sum = Object.values(finished).reduce<number>((a, b) => a + (b ?? 0), 0);
      expect(sum).toBe(3);
    }
  });

  it('The limit of all metrics is 100,000, or the limit of one metric when that is more', () => {
    const budgetOf = (bounds: Partial<CardinalityBounds>) =>
      observed(bounds).registry.list()[0]?.bounds.budget.limit;
    expect(budgetOf({})).toBe(100_000);
    expect(budgetOf({ seriesLimit: 200_000 })).toBe(200_000);
    expect(budgetOf({ perMetric: { a: { seriesLimit: 300_000 } } })).toBe(300_000);
    expect(budgetOf({ seriesLimit: 200_000, totalSeriesLimit: 5 })).toBe(5);
  });
});

describe('the warning of a metric', () => {
  it('The warning of a metric comes once, and names the label with the most values and three of them', () => {
    const { registry, warnings } = observed({ seriesLimit: 4 });
    const a = registry.counter({ name: 'a_total', help, labels: ['region', 'tenant'] });
    for (let i = 0; i < 50; i++) a.labels({ region: i % 2 ? 'eu' : 'us', tenant: `t"\n${i}` });
    expect(warnings).toEqual([
      'a_total has reached its series limit of 4: further label sets are recorded as __other__. ' +
        String.raw`Its label tenant has the most values (4), such as "t\"\n1", "t\"\n2", "t\"\n3". ` +
        'Give its labels fewer values with cardinality.labels, or raise cardinality.seriesLimit, or its own in cardinality.perMetric. (OBS_SERIES_LIMIT)',
    ]);
  });

  it('The warning of a metric names the total when that is what is reached', () => {
    const { registry, warnings } = observed({ totalSeriesLimit: 1 });
    registry.counter({ name: 'a_total', help, labels: ['x'] }).labels({ x: 1 });
    registry.counter({ name: 'a_total', help, labels: ['x'] }).labels({ x: 2 });
    expect(warnings).toEqual([
      'a_total has no room: all metrics together have reached their series limit of 1: further label sets are ' +
        'recorded as __other__. Give its labels fewer values with cardinality.labels, or raise cardinality.totalSeriesLimit. (OBS_SERIES_LIMIT)',
    ]);
  });
});

describe('rules of label values', () => {
  it('Rules of label values by label hold for all metrics, by metric in place of those', () => {
    const { registry, seriesOf } = observed({
      labels: { region: { allow: ['eu'] } },
      perMetric: { b_total: { labels: { region: { groups: [{ match: /^e/, as: 'E' }] } } } },
    });
    for (const name of ['a_total', 'b_total']) {
      const metric = registry.counter({ name, help, labels: ['region'] });
      for (const region of ['eu', 'asia', '']) metric.labels({ region }).inc();
    }
    expect(seriesOf('a_total')).toEqual({ eu: 1, __other__: 1, '': 1 });
    expect(seriesOf('b_total')).toEqual({ E: 1, asia: 1, '': 1 });
  });

  it('Rules of label values see a value as it would be recorded: cut at 128 characters and well-formed', () => {
    const seen = /^.{128}$/u;
    const { registry, seriesOf } = observed({
      labels: { x: { groups: [{ match: seen, as: 'long' }] } },
    });
    const metric = registry.counter({ name: 'a_total', help, labels: ['x'] });
    metric.labels({ x: 'a'.repeat(1_000_000) }).inc();
    expect(seriesOf('a_total')).toEqual({ long: 1 });
  });

  it('Rules of label values do not reach the lists that the library makes itself', () => {
    const { registry, seriesOf, clock } = observed({
      labels: { outcome: { buckets: 1 }, metric: { allow: [] }, command_type: { buckets: 1 } },
    });
    const commands = commandKind.measure({
      registry,
      errors: new ErrorMetrics(registry, clock, naming),
      clock,
      naming,
    });
    const command = commands.bind({ kind: commandKind, name: 'A', labels: {} });
    command.succeeded(0.1, 1, undefined);
    command.failed(0.1, 1, { type: 'A', category: 'permanent' });
    registry.snapshot();
    expect(Object.keys(seriesOf('eventcore_command_duration_seconds'))).toEqual([
      'bucket_0|failure',
      'bucket_0|success',
    ]);
    expect(Object.keys(seriesOf('eventcore_observability_series'))).toContain(
      'eventcore_commands_total',
    );
  });

  it('Rules of label values let any number of commands share few series, each with its own count under way', () => {
    const { registry, seriesOf, clock, folded } = observed({
      labels: { command_type: { buckets: 4 } },
    });
    const commands = commandKind.measure({
      registry,
      errors: new ErrorMetrics(registry, clock, naming),
      clock,
      naming,
    });
    for (let i = 0; i < 5_000; i++) {
      const observer = commands.bind({ kind: commandKind, name: `Command${i}`, labels: {} });
      observer.started();
      if (i % 5 > 0) observer.succeeded(0.1, 1, undefined);
      if (i % 500 === 0) registry.snapshot();
    }
    expect(commands.executing).toBe(1_000);
    const names = ['bucket_0', 'bucket_1', 'bucket_2', 'bucket_3'];
    expect(Object.keys(seriesOf('eventcore_commands_total')).toSorted()).toEqual(names);
    expect(registry.get('eventcore_commands_total')).toMatchObject({ seriesCount: 4 });
    const finished = Object.values(seriesOf('eventcore_commands_total'));
    expect(finished.reduce<number>((sum, it) => sum + (it ?? 0), 0)).toBe(4_000);
    expect(folded()).toEqual({});
  });

  it('Rules of label values remove the series that a value is recorded in', () => {
    const { registry, seriesOf } = observed({ labels: { x: { buckets: 1 } } });
    const metric = registry.gauge({ name: 'a', help, labels: ['x'] });
    metric.labels({ x: 'one' }).set(1);
    metric.remove({ x: 'two' });
    expect(seriesOf('a')).toEqual({});
  });
});

describe('a label value', () => {
  class Hostile {
    toString(): string {
      throw new Error('no text');
    }
  }

  it.each<[string, unknown, string]>([
    ['with quotes', 'a"b', 'a"b'],
    ['with backslashes', String.raw`a\b`, String.raw`a\b`],
    ['with newlines', 'a\nb\r\n', 'a\nb\r\n'],
    ['with NUL', 'a\0b', 'a\0b'],
    ['with a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['cut in the middle of a character', `${'a'.repeat(127)}😀`, `${'a'.repeat(127)}\ufffd`],
    ['of a megabyte', 'x'.repeat(1_000_000), 'x'.repeat(128)],
    ['that is a symbol', Symbol('s'), 'Symbol(s)'],
    ['that is null', null, ''],
    ['that has no text', new Hostile(), ''],
    ['without a prototype', Object.create(null), ''],
  ])('The label value is recorded: %s', (_title, x, recorded) => {
    const { registry, seriesOf } = observed();
    const metric = registry.counter({ name: 'a_total', help, labels: ['x'] });
    metric.labels({ x: x as string }).inc();
    metric.labels({ x: x as string }).inc();
    expect(seriesOf('a_total')).toEqual({ [recorded]: 2 });
  });

  it('A label value without a text is counted as a fault', () => {
    const { registry, seriesOf } = observed();
    const metric = registry.counter({ name: 'a_total', help, labels: ['x'] });
    metric.labels({ x: new Hostile() as never });
    expect(seriesOf('eventcore_observability_errors_total')).toMatchObject({ labels: 1 });
  });

  it('A label value does not keep in memory the megabyte that it was cut out of', () => {
    const { registry } = observed();
    const metric = registry.counter({ name: 'a_total', help, labels: ['x'] });
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) {
      metric.labels({ x: `${i}-`.padEnd(1_000_000, 'x') });
      metric.labels({
        x: Buffer.alloc(1_000_000, `${i}`)
          .toString()
          .slice(0, 20 + (i % 7)),
      });
    }
    globalThis.gc?.();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });
});
