import { describe, expect, it } from 'vitest';
import type { SampleSeries } from '../../../lib/query/series-source.js';
import { RecordedHistory, START } from './recorded-history.js';

const TICK = 5_000;
const HOUR = 3_600_000;

/** Samples by their time in seconds since the start. */
const samplesOf = ({ timesMs, values }: SampleSeries) =>
  Object.fromEntries(Array.from(timesMs, (it, i) => [(it - START) / 1000, values[i]!]));

const only = (found: Readonly<Record<string, SampleSeries>>): SampleSeries => {
  expect(Object.keys(found)).toHaveLength(1);
  return Object.values(found)[0]!;
};

describe('history of metrics', () => {
  it('Returns each tick of counters and gauges by their labels and those of the application', async () => {
    const history = new RecordedHistory({}, { labels: { service: 'shop', kind: 'global' } });
    const total = history.registry.counter({ name: 'a_total', help: 'A.', labels: ['kind'] });
    const level = history.registry.gauge({ name: 'level', help: 'Level.' }).labels({});
    history.ticks(3, (tick) => {
      total.labels({ kind: 'x' }).inc(2);
      total.labels({ kind: '' }).inc();
      level.set(1 - tick / 4);
    });
    const found = await history.select('a_total');
    expect(Object.keys(found).toSorted()).toEqual([
      'a_total{kind="x", service="shop"}',
      'a_total{service="shop"}',
    ]);
    expect(samplesOf(only(await history.select('a_total', { kind: 'x' })))).toEqual({
      0: 2,
      5: 4,
      10: 6,
    });
    expect(samplesOf(only(await history.select('level')))).toEqual({
      0: 1,
      5: 0.75,
      10: 0.5,
    });
  });

  it('Returns histograms as cumulative buckets, sum and count', async () => {
    const history = new RecordedHistory();
    const work = history.registry
      .histogram({ name: 'work_seconds', help: 'Work.', buckets: [0.5, 1] })
      .labels({});
    history.ticks(2, () => {
      for (const it of [0.25, 0.75, 0.75, 8]) work.observe(it);
    });
    const buckets = await history.select('work_seconds_bucket');
    const last = Object.entries(buckets).map(([name, { values }]) => [name, values.at(-1)]);
    expect(Object.fromEntries(last)).toEqual({
      'work_seconds_bucket{le="0.5"}': 2,
      'work_seconds_bucket{le="1.0"}': 6,
      'work_seconds_bucket{le="+Inf"}': 8,
    });
    expect(samplesOf(only(await history.select('work_seconds_count')))).toEqual({ 0: 4, 5: 8 });
    expect(samplesOf(only(await history.select('work_seconds_sum')))).toEqual({ 0: 9.75, 5: 19.5 });
    expect(samplesOf(only(await history.select('work_seconds_bucket', { le: '1.0' })))).toEqual({
      0: 3,
      5: 6,
    });
    expect(await history.select('work_seconds')).toEqual({});
  });

  it('Marks a series that vanished as stale at the first tick without it', async () => {
    const history = new RecordedHistory();
    const level = history.registry.gauge({ name: 'level', help: 'L.', labels: ['it'] });
    level.labels({ it: 'stays' }).set(1);
    history.ticks(6, (tick) => {
      if (tick === 1 || tick === 4) level.labels({ it: 'moves' }).set(tick);
      if (tick === 3) level.remove({ it: 'moves' });
    });
    const moves = only(await history.select('level', { it: 'moves' }));
    expect(samplesOf(moves)).toEqual({ 5: 1, 10: 1, 20: 4, 25: 4 });
    expect(moves.staleAtMs).toEqual([START + 15_000]);
    const stays = only(await history.select('level', { it: 'stays' }));
    expect(stays.timesMs).toHaveLength(6);
    expect(stays.staleAtMs).toBeUndefined();
  });

  it('Returns the same label object in each selection', async () => {
    const history = new RecordedHistory();
    history.registry.gauge({ name: 'level', help: 'L.' });
    history.ticks(1);
    const [before, after] = [await history.select('level'), await history.select('level')];
    expect(only(after).labels).toBe(only(before).labels);
  });

  it('Keeps each tick for an hour and one a minute for a day, across compressed chunks', async () => {
    const history = new RecordedHistory({ rollup: { retention: '3h' } });
    const total = history.registry.counter({ name: 'a_total', help: 'A.' }).labels({});
    const lag = history.registry.gauge({ name: 'shop_lag_seconds', help: 'Lag.' }).labels({});
    const ticks = (5 * HOUR) / TICK;
    for (let i = 0; i < ticks; i++) {
      total.inc();
      lag.set(i % 12 === 5 ? i : 0);
      history.ticks(1);
      if (i % 100 === 0) await history.store.settled();
    }
    await history.store.settled();
    const { timesMs, values } = only(await history.select('a_total'));
    const now = history.clock.wallMs();
    const full = timesMs.filter((it) => it >= now - HOUR);
    expect(full).toHaveLength(HOUR / TICK);
    // The first chunk of an hour may still be there in whole, and the rollups end with a chunk as well.
    expect(timesMs[0]).toBeGreaterThan(now - 5.1 * HOUR);
    expect(timesMs[0]).toBeLessThan(now - 3 * HOUR);
    for (const [i, it] of timesMs.entries()) {
      expect(values[i]).toBe((it - START) / TICK + 1);
      const step = it < now - 1.5 * HOUR ? 60_000 : it > now - HOUR ? TICK : undefined;
      if (step && i > 0) expect(it - timesMs[i - 1]!).toBe(step);
    }
    const spikes = only(await history.select('shop_lag_seconds', { toMs: now - 2 * HOUR }));
    expect([...spikes.values].slice(1)).not.toContain(0);
    expect(history.faults).toEqual([]);
    expect(history.store.dropped).toBe(0);
  });

  it('Goes on with the time of the clock after it was set back or forward', async () => {
    const history = new RecordedHistory();
    const level = history.registry.gauge({ name: 'level', help: 'L.' }).labels({});
    const set = (wallMs: number, value: number) => {
      history.clock.setWall(wallMs);
      history.ticks(3, () => level.set(value));
    };
    set(START, 1);
    set(START + 10 * TICK, 2);
    set(START + 5, 3);
    set(1, 4);
    set(START + 24 * HOUR, 5);
    set(START + 11 * TICK, 6);
    await history.store.settled();
    const found = only(await history.select('level', { toMs: START + HOUR, fromMs: START }));
    expect(samplesOf(found)).toEqual({
      0: 1,
      0.005: 3,
      5.005: 3,
      10.005: 3,
      50: 2,
      55: 6,
      60: 6,
      65: 6,
    });
    expect(history.store.dropped).toBe(0);
  });

  it('Shows a histogram with other buckets as further series with one count', async () => {
    const before = new RecordedHistory();
    const after = new RecordedHistory();
    for (const [{ registry }, buckets] of [
      [before, [1, 2]],
      [after, [2, 4]],
    ] as const) {
      registry.histogram({ name: 'w', help: 'W.', buckets }).labels({}).observe(1.5);
    }
    before.ticks(2);
    before.store.record(START + 10_000, after.registry.snapshot().metrics);
    const bounds = Object.entries(await before.select('w_bucket')).map(([name, it]) => [
      /"(.*)"/.exec(name)?.[1],
      samplesOf(it),
      it.staleAtMs,
    ]);
    expect(bounds).toEqual([
      ['1.0', { 0: 0, 5: 0 }, [START + 10_000]],
      ['2.0', { 0: 1, 5: 1, 10: 1 }, undefined],
      ['+Inf', { 0: 1, 5: 1, 10: 1 }, undefined],
      ['4.0', { 10: 1 }, []],
    ]);
    expect(samplesOf(only(await before.select('w_count')))).toEqual({ 0: 1, 5: 1, 10: 1 });
  });

  it('Records only the metrics that the option names', async () => {
    const history = new RecordedHistory({ metrics: ['shop_*', '*_seconds'] });
    for (const name of ['shop_a', 'other', 'x_seconds', 'x_seconds_y']) {
      history.registry.gauge({ name, help: 'G.' });
    }
    history.ticks(2);
    expect(history.store.samples).toBe(2 * 2 + 2);
    expect(Object.keys(await history.select('shop_a'))).toHaveLength(1);
    expect(await history.select('other')).toEqual({});
  });

  it('Holds its limit of memory when the series multiply, giving up the oldest rollups first', async () => {
    const maxBytes = 4 * 2 ** 20;
    const history = new RecordedHistory({ maxBytes });
    const wide = history.registry.gauge({ name: 'wide', help: 'W.', labels: ['id'] });
    let highest = 0;
    let state = 1;
    for (let tick = 0; tick < 1_000; tick++) {
      // Numbers that cannot be compressed, of ten times the series from tick 300 on.
      for (let i = 0; i < (tick < 300 ? 100 : 1_000); i++) {
        state = (state * 48_271) % 2_147_483_647;
        wide.labels({ id: `${i}` }).set(Math.sqrt(state));
      }
      history.ticks(1);
      if (tick % 20 === 0) await history.store.settled();
      highest = Math.max(highest, history.store.bytes);
    }
    await history.store.settled();
    expect(highest).toBeLessThanOrEqual(maxBytes);
    expect(highest).toBeGreaterThan(maxBytes / 2);
    expect(history.store.dropped).toBeGreaterThan(0);
    const { timesMs } = only(await history.select('wide', { id: 5 }));
    expect(timesMs.at(-1)).toBe(history.clock.wallMs() - TICK);
    expect(history.faults).toEqual([]);
    // 100,000 series are more than a chunk may have.
    for (let i = 0; i < 100_000; i++) wide.labels({ id: `${i}` }).set(i);
    const before = history.store.dropped;
    history.ticks(1);
    expect(history.store.dropped).toBe(before + 100_000);
    expect(history.faults).toHaveLength(1);
  });

  it('Leaves out a tick without a time', async () => {
    const history = new RecordedHistory();
    history.registry.gauge({ name: 'level', help: 'L.' });
    history.ticks(1);
    for (const it of [Number.NaN, 0, -5, Infinity]) {
      history.store.record(it, history.registry.snapshot().metrics);
    }
    expect(history.store.dropped).toBe(4);
    expect(history.faults).toHaveLength(4);
    expect(only(await history.select('level')).timesMs).toHaveLength(1);
  });
});
