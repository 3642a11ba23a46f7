import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/kernel/configuration-error.js';
import type { MetricDefinition } from '../../../lib/metrics/definition/metric-definition.js';
import { makeRegistry } from './registry-of-test.js';

const help = 'A metric of a test.';
const known: MetricDefinition = {
  name: 'a_seconds',
  type: 'histogram',
  help,
  unit: 'seconds',
  labels: ['x', 'y'],
  buckets: [1, 2],
};

function problemOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { code, problems, message } = error as ConfigurationError;
    return { code, message, ...problems[0] };
  }
  throw new Error('nothing was thrown');
}

describe('a metric that is there already', () => {
  it('A metric that is there already is given again for the same definition, whatever the order of its labels', () => {
    const { registry } = makeRegistry();
    const first = registry.register(known);
    expect(registry.register({ ...known, labels: ['y', 'x'], help: 'Other words.' })).toBe(first);
    expect(registry.get('a_seconds')).toBe(first);
    expect(registry.list()).toEqual([first]);
  });

  it.each<[string, Partial<MetricDefinition>, unknown, string]>([
    ['type', { type: 'gauge' }, 'gauge', 'type "histogram"'],
    ['unit', { unit: 'bytes' }, 'bytes', 'unit "seconds"'],
    ['labels', { labels: ['x'] }, 'x', 'labels "x,y"'],
    ['buckets', { buckets: [1, 3] }, '1,3', 'buckets "1,2"'],
  ])('A metric that is there already cannot have another %s', (aspect, change, value, rule) => {
    const { registry } = makeRegistry();
    registry.register(known);
    const problem = problemOf(() => registry.register({ ...known, ...change }));
    expect(problem).toMatchObject({
      code: 'OBS_METRIC_CONFLICT',
      subject: `${aspect} of metric a_seconds`,
      value,
      rule: `the metric is already registered with ${rule}`,
      remedy: 'Use the same definition in both places, or rename one of the metrics.',
    });
  });

  it.each(['a_seconds_count', 'a_seconds_sum', 'a_seconds_bucket'])(
    'A metric that is there already leaves no room for %s, which a histogram exposes itself',
    (name) => {
      const { registry } = makeRegistry();
      registry.register(known);
      expect(problemOf(() => registry.gauge({ name, help }))).toMatchObject({
        code: 'OBS_METRIC_CONFLICT',
        subject: `metric ${name}`,
        rule: 'its sample names collide with those of histogram a_seconds',
      });
    },
  );

  it('A metric that is there already leaves no room for a histogram that would expose its name', () => {
    const { registry } = makeRegistry();
    registry.gauge({ name: 'a_seconds_count', help });
    expect(problemOf(() => registry.register(known)).code).toBe('OBS_METRIC_CONFLICT');
  });
});

describe('a definition that cannot be exposed', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a name with a dash', { name: 'a-b' }, 'a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*'],
    ['an empty name', { name: '' }, 'a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*'],
    ['no name', { name: undefined }, 'name and help are strings'],
    ['no help', { help: undefined }, 'name and help are strings'],
    ['an unknown type', { type: 'summary' }, 'the type is counter, gauge or histogram'],
    ['labels that are no list', { labels: 'x' }, 'labels is an array of label names'],
    ['labels that are no text', { labels: [1] }, 'labels is an array of label names'],
    ['buckets that are no list', { buckets: 5 }, 'buckets is an array of numbers'],
    ['a label with a dash', { labels: ['a-b'] }, 'a label name must match [a-zA-Z_][a-zA-Z0-9_]*'],
    [
      'a reserved label',
      { labels: ['__a'] },
      'label names that begin with __ are reserved by Prometheus',
    ],
    ['a label twice', { labels: ['a', 'a'] }, 'label names are unique'],
    ['le on a histogram', { labels: ['le'] }, 'the label "le" is reserved for histogram buckets'],
    [
      'descending buckets',
      { buckets: [2, 1] },
      'bucket bounds are finite numbers in strictly ascending order',
    ],
    [
      'equal buckets',
      { buckets: [1, 1] },
      'bucket bounds are finite numbers in strictly ascending order',
    ],
    [
      'a bucket of NaN',
      { buckets: [Number.NaN] },
      'bucket bounds are finite numbers in strictly ascending order',
    ],
    [
      'a bucket of +Inf',
      { buckets: [1, Infinity] },
      'bucket bounds are finite numbers in strictly ascending order',
    ],
    ['no bucket', { buckets: [] }, 'a histogram has at least one bucket bound'],
    ['a series limit of 0', { seriesLimit: 0 }, 'the series limit is an integer of 1 or more'],
    [
      'a series limit of NaN',
      { seriesLimit: Number.NaN },
      'the series limit is an integer of 1 or more',
    ],
  ])(
    'A definition that cannot be exposed with %s is refused with the rule',
    (_title, change, rule) => {
      const { registry } = makeRegistry();
      const wrong = { ...known, ...change } as MetricDefinition;
      const problem = problemOf(() => registry.register(wrong));
      expect(problem).toMatchObject({ code: 'OBS_METRIC_INVALID', rule });
      const [option] = Object.keys(change) as (keyof MetricDefinition)[];
      if (option !== 'help') expect(problem.value).toEqual(wrong[option as 'name']);
      expect(registry.list()).toEqual([]);
    },
  );
});

describe('a snapshot', () => {
  it('A snapshot does not change with what is recorded later', () => {
    const { registry, clock } = makeRegistry();
    const counter = registry.counter({ name: 'a_total', help, labels: ['x'] });
    const histogram = registry.histogram({ name: 'b', help, buckets: [1] });
    counter.labels({ x: 1 }).inc();
    const before = registry.snapshot();
    const copy = structuredClone(before);
    clock.advance(5);
    counter.labels({ x: 1 }).inc();
    counter.labels({ x: 2 }).inc();
    histogram.observe(1);
    registry.gauge({ name: 'c', help });
    expect(before).toEqual(copy);
    expect(before.takenAtMs).toBe(Date.UTC(2026, 0, 1));
    expect(registry.snapshot()).not.toEqual(copy);
  });

  it('A snapshot lets nobody reach what is recorded', () => {
    const { registry } = makeRegistry();
    const labels = ['x'];
    const buckets = [1, 2];
    registry.histogram({ name: 'b', help, labels, buckets }).labels({ x: '1' }).observe(1.5);
    const expected = structuredClone(registry.snapshot());
    labels.push('y');
    buckets[0] = 100;
    const { metrics } = registry.snapshot();
    const block = metrics[0]?.blocks[0];
    (block as unknown as { values: number[] }).values[0] = 100;
    for (const frozen of [metrics, metrics[0], metrics[0]?.blocks, block, block?.labelSets])
      expect(Object.isFrozen(frozen)).toBe(true);
    for (const frozen of [block?.labelSets[0], block?.bounds, metrics[0]?.definition])
      expect(Object.isFrozen(frozen)).toBe(true);
    expect(registry.snapshot()).toEqual(expected);
  });

  it('A snapshot is taken although a collector throws, and the fault is counted', () => {
    const { registry, refused } = makeRegistry();
    const gauge = registry.gauge({ name: 'a', help });
    registry.onCollect(() => {
      throw new Error('collector');
    });
    registry.onCollect(() => gauge.set(7));
    expect(registry.snapshot().metrics[0]?.blocks[0]?.values[0]).toBe(7);
    expect(refused).toEqual(['collector']);
  });
});
