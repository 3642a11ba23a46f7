import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotEncoder } from '../../../../lib/metrics/aggregation/portable-snapshot.js';
import { SnapshotAggregate } from '../../../../lib/metrics/aggregation/snapshot-aggregate.js';
import { SnapshotDecoder } from '../../../../lib/metrics/aggregation/snapshot-decoder.js';
import type {
  GaugeAggregation,
  MetricDefinition,
} from '../../../../lib/metrics/definition/metric-definition.js';
import type { RegistrySnapshot } from '../../../../lib/metrics/snapshot/snapshot.js';
import { makeRegistry } from '../registry-of-test.js';

const BOUNDS = [1, 5, 10];
const RULES = ['sum', 'max', 'min', 'last'] as const;

/** A worker with real metrics, seen through the messages that it would send. */
class Worker {
  readonly #made = makeRegistry();
  readonly #encoder = new SnapshotEncoder();
  readonly #decoder = new SnapshotDecoder();
  readonly orders = this.#made.registry.counter({
    name: 'orders_total',
    help: 'O.',
    labels: ['kind'],
  });
  readonly items = this.#made.registry.histogram({
    name: 'items',
    help: 'I.',
    labels: ['kind'],
    buckets: BOUNDS,
  });
  readonly levels: Record<GaugeAggregation, any> = Object.fromEntries(
    RULES.map((aggregation) => [
      aggregation,
      this.#made.registry.gauge({
        name: `level_${aggregation}`,
        help: 'L.',
        labels: ['kind'],
        aggregation,
      }),
    ]),
  ) as never;

  setAt(rule: GaugeAggregation, kind: string, { value, atMs }: { value: number; atMs: number }) {
    this.#made.clock.advance(Math.max(0, atMs - this.#made.clock.wallMs()));
    this.levels[rule].labels({ kind }).set(value);
  }

  /** Time goes on before the series may come back: that it is another one is told by when it began, in milliseconds. */
  remove(kind: string) {
    this.orders.remove({ kind });
    this.#made.clock.advance(1);
  }

  told(known = this.#decoder.seq): RegistrySnapshot {
    const message = this.#encoder.encode(this.#made.registry.snapshot(), known);
    const read = this.#decoder.decode(JSON.parse(JSON.stringify(message)));
    if (read === undefined) throw new Error('not read');
    return read;
  }
}

/** Every number of a snapshot by metric, labels and, of a histogram, bound. */
function numbersOf({ metrics }: RegistrySnapshot): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { definition, blocks } of metrics) {
    for (const { labelSets, values, stride, bounds } of blocks) {
      labelSets.forEach((labels, series) => {
        for (let i = 0; i < stride; i++) {
          const part = stride === 1 ? '' : (bounds[i] ?? (i === bounds.length ? '+Inf' : 'sum'));
          const key = `${definition.name}{${labels.join()}}${part}`;
          if (numbers.has(key)) throw new Error(`${key} twice`);
          numbers.set(key, values[series * stride + i] as number);
        }
      });
    }
  }
  return numbers;
}

const kind = fc.constantFrom('a', 'b', 'c');
const act = fc.oneof(
  fc.record({ act: fc.constant('start' as const) }),
  fc.record({ act: fc.constant('end' as const), who: fc.nat(), isClean: fc.boolean() }),
  fc.record({ act: fc.constant('order' as const), who: fc.nat(), kind, by: fc.nat(1000) }),
  fc.record({ act: fc.constant('items' as const), who: fc.nat(), kind, by: fc.nat(20) }),
  fc.record({
    act: fc.constant('level' as const),
    who: fc.nat(),
    kind,
    by: fc.integer({ min: -50, max: 50 }),
    rule: fc.constantFrom(...RULES),
  }),
  fc.record({ act: fc.constant('remove' as const), who: fc.nat(), kind }),
  fc.record({ act: fc.constant('scrape' as const) }),
);

/** What a scrape has to show, from the acts alone. */
class Oracle {
  readonly total = new Map<string, number>();
  readonly #untold = new Map<string, Map<string, number>>();
  readonly #levels = new Map<string, Map<string, { rule: string; value: number; at: number }>>();
  readonly #told = new Map<string, Map<string, { rule: string; value: number; at: number }>>();
  #now = 0;

  start(id: string) {
    this.#untold.set(id, new Map());
    this.#levels.set(id, new Map());
    this.#told.set(id, new Map());
  }
  count(id: string, key: string, by: number) {
    const untold = this.#untold.get(id) as Map<string, number>;
    untold.set(key, (untold.get(key) ?? 0) + by);
  }
  level(id: string, rule: string, kind: string, value: number): number {
    this.#levels.get(id)?.set(`level_${rule}{${kind}}`, { rule, value, at: ++this.#now });
    return this.#now;
  }
  tell(id: string) {
    for (const [key, by] of this.#untold.get(id) ?? [])
      this.total.set(key, (this.total.get(key) ?? 0) + by);
    this.#untold.set(id, new Map());
    this.#told.set(id, new Map(this.#levels.get(id)));
  }
  end(id: string) {
    this.#untold.delete(id);
    this.#levels.delete(id);
    this.#told.delete(id);
  }
  numbers(): Map<string, number> {
    const numbers = new Map(this.total);
    const groups = new Map<string, { rule: string; value: number; at: number }[]>();
    for (const levels of this.#told.values()) {
      for (const [key, it] of levels) groups.set(key, [...(groups.get(key) ?? []), it]);
    }
    for (const [key, group] of groups) {
      const values = group.map(({ value }) => value);
      const last = group.toSorted((one, other) => other.at - one.at)[0]?.value ?? 0;
      const result = {
        sum: values.reduce((sum, it) => sum + it, 0),
        max: Math.max(...values),
        min: Math.min(...values),
        last,
      };
      numbers.set(key, result[group[0]?.rule as GaugeAggregation]);
    }
    return numbers;
  }
}

function run(
  acts: readonly (typeof act extends fc.Arbitrary<infer T> ? T : never)[],
  fraction = 1,
) {
  const conflicts: Error[] = [];
  const aggregate = new SnapshotAggregate({
    threads: false,
    onConflict: (it) => conflicts.push(it),
  });
  const oracle = new Oracle();
  const workers = new Map<string, Worker>();
  const scrapes: (readonly [Map<string, number>, Map<string, number>])[] = [];
  let started = 0;
  for (const it of acts) {
    const ids = [...workers.keys()];
    const id = 'who' in it ? ids[it.who % Math.max(1, ids.length)] : undefined;
    const worker = workers.get(id ?? '');
    if (it.act === 'start') {
      const fresh = `w${++started}`;
      workers.set(fresh, new Worker());
      aggregate.join(fresh);
      oracle.start(fresh);
    } else if (it.act === 'scrape') {
      for (const [name, each] of workers) {
        aggregate.update(name, each.told());
        oracle.tell(name);
      }
      scrapes.push([numbersOf(aggregate.merged(1)), oracle.numbers()]);
    } else if (worker !== undefined && id !== undefined) {
      if (it.act === 'end') {
        if (it.isClean) {
          aggregate.update(id, worker.told());
          oracle.tell(id);
        }
        aggregate.leave(id);
        oracle.end(id);
        workers.delete(id);
      } else if (it.act === 'order') {
        worker.orders.labels({ kind: it.kind }).inc(it.by * fraction);
        oracle.count(id, `orders_total{${it.kind}}`, it.by * fraction);
      } else if (it.act === 'items') {
        worker.items.labels({ kind: it.kind }).observe(it.by * fraction);
        for (const part of [...BOUNDS, '+Inf', 'sum'])
          oracle.count(id, `items{${it.kind}}${part}`, 0);
        const bound = BOUNDS.find((bound) => it.by * fraction <= bound) ?? '+Inf';
        oracle.count(id, `items{${it.kind}}${bound}`, 1);
        oracle.count(id, `items{${it.kind}}sum`, it.by * fraction);
      } else if (it.act === 'level') {
        const at = oracle.level(id, it.rule, it.kind, it.by);
        worker.setAt(it.rule, it.kind, { value: it.by, atMs: 1e12 * 2 + at });
      } else {
        // Told before it is removed, or nobody has ever heard of it.
        aggregate.update(id, worker.told());
        oracle.tell(id);
        worker.remove(it.kind);
      }
    }
  }
  return { scrapes, conflicts };
}

const acts = fc
  .array(act, { maxLength: 60 })
  .map((it) => [
    { act: 'start' as const },
    { act: 'start' as const },
    ...it,
    { act: 'scrape' as const },
  ]);

describe('the metrics of many processes', () => {
  it('The metrics of many processes are what their acts add up to, whoever was started or ended in between', () => {
    fc.assert(
      fc.property(acts, (given) => {
        const { scrapes, conflicts } = run(given);
        for (const [seen, expected] of scrapes) {
          expect(Object.fromEntries([...seen].toSorted())).toEqual(
            Object.fromEntries([...expected].toSorted()),
          );
        }
        expect(conflicts).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('The metrics of many processes never count backwards, not even by what rounding takes', () => {
    fc.assert(
      fc.property(acts, (given) => {
        const before = new Map<string, number>();
        for (const [seen] of run(given, 0.1).scrapes) {
          for (const [key, value] of seen) {
            if (key.startsWith('level_')) continue;
            expect(value).toBeGreaterThanOrEqual(before.get(key) ?? 0);
            before.set(key, value);
          }
          for (const key of before.keys()) expect(seen.has(key)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** A process with one metric. */
function process(definition: MetricDefinition, record: (it: any) => void): RegistrySnapshot {
  const { registry } = makeRegistry(100_000);
  record(registry.register(definition));
  return registry.snapshot();
}

function aggregateOf(threads = false) {
  const conflicts: string[] = [];
  const aggregate = new SnapshotAggregate({
    threads,
    onConflict: ({ message }) => conflicts.push(message),
  });
  let count = 0;
  const add = (snapshot: RegistrySnapshot, seriesLimit?: number) => {
    const id = `p${++count}`;
    aggregate.join(id, seriesLimit);
    aggregate.update(id, snapshot);
    return id;
  };
  const numbers = () => Object.fromEntries(numbersOf(aggregate.merged(1)));
  return { aggregate, add, numbers, conflicts };
}

const histogram = (buckets: readonly number[]): MetricDefinition => ({
  name: 'h',
  type: 'histogram',
  help: 'H.',
  buckets,
});

describe('processes that define a metric differently', () => {
  it('Processes that define a metric differently are counted among the bounds of the newest, exactly where both have the bound', () => {
    const { add, numbers, conflicts, aggregate } = aggregateOf();
    const observed = [0.5, 1.5, 3, 7, 30];
    const observe = (it: { observe(value: number): void }) =>
      observed.forEach((value) => it.observe(value));
    const old = add(process(histogram([1, 2, 5, 10]), observe));
    expect(numbers()).toMatchObject({ 'h{}1': 1, 'h{}2': 1, 'h{}5': 1, 'h{}10': 1, 'h{}+Inf': 1 });
    add(process(histogram([1, 4, 10]), observe));
    // 3 is below 5, and 5 is above 4: in doubt it took longer.
    const both = { 'h{}1': 2, 'h{}4': 3, 'h{}10': 3, 'h{}+Inf': 2, 'h{}sum': 84 };
    expect(numbers()).toEqual(both);
    aggregate.leave(old);
    expect(numbers()).toEqual(both);
    expect(conflicts).toEqual(['h: bucket bounds differ between processes']);
  });

  it('Processes that define a metric differently do not break the scrape by another type: the newest decides, the others are left out and reported once', () => {
    const { add, numbers, conflicts } = aggregateOf();
    const counter = { name: 'x', type: 'counter', help: 'X.' } as const;
    const gauge = { name: 'x', type: 'gauge', help: 'X.' } as const;
    add(process(counter, (it) => it.inc(5)));
    add(process(gauge, (it) => it.set(3)));
    add(process(gauge, (it) => it.set(4)));
    expect(numbers()).toEqual({ 'x{}': 7 });
    expect(numbers()).toEqual({ 'x{}': 7 });
    expect(conflicts).toHaveLength(1);
  });

  it('Processes that define a metric differently do not break the scrape by names that samples of another metric have', () => {
    const { add, numbers, conflicts } = aggregateOf();
    add(process(histogram([1]), (it) => it.observe(1)));
    add(process({ name: 'h_count', type: 'counter', help: 'C.' }, (it) => it.inc(5)));
    expect(Object.keys(numbers())).toEqual(['h{}1', 'h{}+Inf', 'h{}sum']);
    expect(conflicts).toHaveLength(1);
  });
});

describe('processes that ended', () => {
  it('Processes that ended leave no gauges', () => {
    const { add, numbers, aggregate } = aggregateOf();
    const id = add(process({ name: 'g', type: 'gauge', help: 'G.' }, (it) => it.set(3)));
    expect(numbers()).toEqual({ 'g{}': 3 });
    aggregate.leave(id);
    expect(numbers()).toEqual({});
  });

  it('Processes that ended take no more memory for 10,000 of them than for a few, and lose no count', () => {
    const { add, numbers, aggregate } = aggregateOf();
    const counter = { name: 'c', type: 'counter', help: 'C.', labels: ['worker'] } as const;
    for (let i = 0; i < 10_000; i++) {
      const snapshot = process(counter, (it) => it.labels({ worker: `w${i}` }).inc(2));
      aggregate.leave(add(snapshot, 50));
    }
    const seen = numbers();
    expect(Object.keys(seen)).toHaveLength(50);
    expect(seen['c{__other__}']).toBe(2 * (10_000 - 49));
    expect(Object.values(seen).reduce((sum, it) => sum + it, 0)).toBe(20_000);
  });

  it('Processes that ended with 3,000 names of metrics leave no more than 2000', () => {
    const { add, numbers, aggregate } = aggregateOf();
    for (let i = 0; i < 3_000; i++) {
      aggregate.leave(
        add(process({ name: `c${i}_total`, type: 'counter', help: 'C.' }, (it) => it.inc())),
      );
    }
    expect(Object.keys(numbers())).toHaveLength(2_000);
  });

  it('Processes that ended with other bounds each time keep the bounds of the last ones', () => {
    const { add, aggregate } = aggregateOf();
    for (let i = 1; i <= 1000; i++) {
      aggregate.leave(add(process(histogram([i]), (it) => it.observe(0.5))));
    }
    const [merged] = aggregate.merged(1).metrics;
    expect(merged?.blocks.length).toBeLessThanOrEqual(9);
    const series = merged?.blocks.filter(({ labelSets }) => labelSets.length > 0) ?? [];
    expect(series.map(({ bounds, values }) => [bounds, [...values]])).toEqual([
      [[1000], [1000, 0, 500]],
    ]);
  });
});

describe('exemplars', () => {
  it('Exemplars are the most recent of each bucket, whichever process has it', () => {
    const { add, aggregate } = aggregateOf();
    const from = (traceId: string, ms: number) => {
      const { registry, clock } = makeRegistry();
      clock.advance(ms);
      const made = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] });
      made.observe(0.5);
      made.labels({}).exemplify(0.5, { traceId: traceId.repeat(32), spanId: '1'.repeat(16) });
      return registry.snapshot();
    };
    aggregate.leave(add(from('b', 20)));
    add(from('a', 10));
    const [merged] = aggregate.merged(1).metrics;
    expect(merged?.blocks[0]?.exemplars?.[0]?.traceId).toBe('b'.repeat(32));
  });
});

describe('threads of one process', () => {
  it('Threads of one process share what is process-wide: the largest counts, and the rest is summed', () => {
    const memory: MetricDefinition = {
      name: 'm_bytes',
      type: 'gauge',
      help: 'M.',
      labels: ['component'],
      processWide: ['rss'],
    };
    const set = (rss: number) => (it: any) => {
      it.labels({ component: 'rss' }).set(rss);
      it.labels({ component: 'heap' }).set(10);
    };
    for (const [threads, expected] of [
      [true, { 'm_bytes{rss}': 101, 'm_bytes{heap}': 20 }],
      [false, { 'm_bytes{rss}': 201, 'm_bytes{heap}': 20 }],
    ] as const) {
      const { add, numbers } = aggregateOf(threads);
      add(process(memory, set(100)));
      add(process(memory, set(101)));
      expect(numbers()).toEqual(expected);
    }
  });
});
