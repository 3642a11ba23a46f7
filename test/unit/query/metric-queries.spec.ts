import { describe, expect, it } from 'vitest';
import { type Samples, answer, answerRange, queriesOver } from './stored-series.js';

const counting = (step: number, count = 21): Samples =>
  Array.from({ length: count }, (_, i) => i * step);

const shop = {
  'orders_total{shop="a",kind="new"}': counting(30),
  'orders_total{shop="b",kind="new"}': counting(60),
  'orders_total{shop="b",kind="old"}': [...counting(3, 6), ...counting(3, 15)],
  'limits{shop="a"}': Array.from({ length: 21 }, () => 4),
  'limits{shop="b"}': Array.from({ length: 21 }, () => 5),
  'gone{shop="a"}': [1, 2, 3, 'stale'] as Samples,
  'rare{shop="a"}': [7] as Samples,
  'took_seconds_bucket{le="0.1"}': counting(1),
  'took_seconds_bucket{le="1"}': counting(3),
  'took_seconds_bucket{le="+Inf"}': counting(4),
  'other{shop="a"}': [10, 8, 6, 4, 2, 0, 2, 4, 6, 8, 10],
};
const queries = queriesOver(shop);

describe('an instant query', () => {
  it.each<[string, readonly string[] | number | string]>([
    ['1 + 2 * 3 ^ 2 ^ 0.5 % 5', 1 + ((2 * 3 ** (2 ** 0.5)) % 5)],
    ['-2 ^ 2', -4],
    ['2 ^ -1', 0.5],
    ['1 - 2 - 3', -4],
    ['vector(1 > bool 2) or vector(1)', ['{} 0']],
    ['"a\\u00e9\\x41"', 'aéA'],
    ['0x1F + 1_000 + .5e1 + 010', 31 + 1000 + 5 + 8],
    ['1h30m', 5400],
    ['limits', ['limits{shop="a"} 4', 'limits{shop="b"} 5']],
    ['limits{shop!~"a|c"} * 2', ['{shop="b"} 10']],
    ['limits > 4', ['limits{shop="b"} 5']],
    ['limits == bool 4', ['{shop="a"} 1', '{shop="b"} 0']],
    ['4 < limits', ['limits{shop="b"} 5']],
    ['rate(orders_total{shop="a"}[1m])', ['{kind="new", shop="a"} 1']],
    ['increase(orders_total{kind="old"}[5m])', ['{kind="old", shop="b"} 26.666666667']],
    ['irate(orders_total{shop="a"}[1m])', ['{kind="new", shop="a"} 1']],
    ['delta(limits{shop="a"}[2m])', ['{shop="a"} 0']],
    ['resets(orders_total{kind="old"}[5m])', ['{kind="old", shop="b"} 1']],
    ['sum by (shop) (rate(orders_total[2m]))', ['{shop="a"} 1', '{shop="b"} 2.1']],
    ['sum without (kind, shop) (rate(orders_total[2m]))', ['{} 3.1']],
    ['avg(limits) + count(limits) - max(limits) * min(limits)', ['{} -13.5']],
    ['quantile(0.5, limits)', ['{} 4.5']],
    ['topk(1, limits)', ['limits{shop="b"} 5']],
    ['bottomk(5, limits)', ['limits{shop="a"} 4', 'limits{shop="b"} 5']],
    ['count_values("limit", limits)', ['{limit="4"} 1', '{limit="5"} 1']],
    ['stddev(limits)', ['{} 0.5']],
    [
      'limits + on (shop) group_right orders_total{kind="new"}',
      ['{kind="new", shop="a"} 304', '{kind="new", shop="b"} 605'],
    ],
    ['sum(orders_total * on (shop) group_left limits)', ['{} 4260']],
    ['limits and on (shop) other', ['limits{shop="a"} 4']],
    ['limits unless on (shop) other', ['limits{shop="b"} 5']],
    ['rare or other', ['other{shop="a"} 10']],
    ['histogram_quantile(0.5, rate(took_seconds_bucket[2m]))', ['{} 0.55']],
    ['histogram_quantile(0.9, rate(took_seconds_bucket[2m]))', ['{} 1']],
    ['histogram_fraction(0, 0.1, rate(took_seconds_bucket[2m]))', ['{} 0.25']],
    ['gone', []],
    ['gone offset 4m', ['gone{shop="a"} 3']],
    ['rare', []],
    ['rare offset 1s', ['rare{shop="a"} 7']],
    ['sum_over_time(gone[10m])', ['{shop="a"} 6']],
    ['last_over_time(other[1m])', ['other{shop="a"} 10']],
    ['max_over_time(other[5m]) - min_over_time(other[5m])', ['{shop="a"} 10']],
    ['avg_over_time(other[61s])', ['{shop="a"} 8']],
    ['count_over_time(other[1m])', ['{shop="a"} 2']],
    ['deriv(other[2m])', ['{shop="a"} 0.066666667']],
    ['predict_linear(other[2m], 60)', ['{shop="a"} 14']],
    ['changes(limits{shop="a"}[5m])', ['{shop="a"} 0']],
    ['max_over_time(rate(orders_total{shop="a"}[1m])[2m:30s])', ['{kind="new", shop="a"} 1']],
    ['other @ 60', ['other{shop="a"} 6']],
    ['other @ end() offset 30s', ['other{shop="a"} 8']],
    ['sum_over_time(other[1m] @ 150)', ['{shop="a"} 2']],
    ['absent(nothing{shop="a",x=~"y"})', ['{shop="a"} 1']],
    ['absent(other)', []],
    ['absent_over_time(nothing{shop="a"}[1m])', ['{shop="a"} 1']],
    [
      'label_replace(limits, "city", "${1}x", "shop", "(a).*")',
      ['limits{city="ax", shop="a"} 4', 'limits{shop="b"} 5'],
    ],
    [
      'label_join(limits{shop="a"}, "id", "-", "shop", "__name__")',
      ['limits{id="a-limits", shop="a"} 4'],
    ],
    ['sort_desc(limits)', ['limits{shop="b"} 5', 'limits{shop="a"} 4']],
    ['scalar(limits)', Number.NaN],
    ['scalar(other)', 10],
    ['timestamp(rare offset 4m59s)', ['{shop="a"} 0']],
    ['round(vector(2.55), 0.1)', ['{} 2.6']],
    ['clamp(limits, 4.5, 4.7)', ['{shop="a"} 4.5', '{shop="b"} 4.7']],
    ['hour(vector(3700)) + minute() + year()', ['{} 1976']],
    ['day_of_year(vector(1709164800)) + days_in_month(vector(1709164800))', ['{} 89']],
    ['{__name__=~"limits|other", shop="a"}', ['limits{shop="a"} 4', 'other{shop="a"} 10']],
    ['sum({"limits"})', ['{} 9']],
    ['sum(limits) # a comment', ['{} 9']],
    ['other[1m]', ['other{shop="a"} 270:8 300:10']],
    ['limits{shop="a"}[1m:30s]', ['limits{shop="a"} 270:4 300:4']],
  ])('%s has the result that Prometheus has', async (query, expected) => {
    expect(await answer(queries, query)).toEqual(expected);
  });

  it.each([
    ['orders_total * on (shop) limits', 'many-to-one matching must be explicit'],
    ['limits * on () orders_total', 'many-to-many matching not allowed'],
    ['rate({shop="a"}[5m])', 'vector cannot contain metrics with the same labelset'],
    [
      'label_replace(limits, "shop", "x", "", "")',
      'vector cannot contain metrics with the same labelset',
    ],
    ['label_replace(limits, "", "x", "", "")', 'invalid destination label name'],
    ['double_exponential_smoothing(other[5m], 2, 0.5)', 'invalid smoothing factor'],
    ['topk(NaN, limits)', 'Parameter value is NaN'],
  ])('%s fails and says why', async (query, problem) => {
    await expect(answer(queries, query)).rejects.toMatchObject({
      code: 'OBS_QUERY_FAILED',
      detail: expect.stringContaining(problem) as string,
    });
  });
});

describe('a range query', () => {
  it.each<[string, readonly string[]]>([
    ['other', ['other{shop="a"} 0:10 60:6 120:2 180:2']],
    ['gone', ['gone{shop="a"} 0:1 60:3']],
    ['limits{shop="a"} > bool 3 and other < 5', ['{shop="a"} 120:1 180:1']],
    [
      'topk(1, {__name__=~"other|limits", shop="a"})',
      ['limits{shop="a"} 120:4 180:4', 'other{shop="a"} 0:10 60:6'],
    ],
    ['1 + time()', ['{} 0:1 60:61 120:121 180:181']],
    ['other @ 60', ['other{shop="a"} 0:6 60:6 120:6 180:6']],
    ['other @ start() - other @ end()', ['{shop="a"} 0:8 60:8 120:8 180:8']],
    ['absent(gone)', ['{} 120:1 180:1']],
    ['sum_over_time(other[1m:30s])', ['{shop="a"} 0:10 60:14 120:6 180:2']],
    ['range() + step()', ['{} 0:240 60:240 120:240 180:240']],
  ])('%s has a value at each step that has one', async (query, expected) => {
    expect(await answerRange(queries, query, [0, 180, 60])).toEqual(expected);
  });

  it('Series that lost their names are one series where they do not overlap', async () => {
    const both = queriesOver({
      'a{x="1"}': [0, 1, 2, 'stale'],
      'b{x="1"}': [undefined, undefined, undefined, undefined, 4, 5, 6],
    });
    const lines = await answerRange(both, '-{x="1"}', [0, 180, 60]);
    expect(lines).toEqual(['{x="1"} 0:0 60:-2 120:-4 180:-6']);
  });
});

describe('a limit', () => {
  it.each([
    ['sum(limits)', { maxSeries: 1 }, 'selects 2 series, more than 1. Match fewer series'],
    [
      'sum_over_time(limits[10m])',
      { maxSamples: 10 },
      'too many samples into memory: more than 10',
    ],
    ['vector(1)[365d:1ms]', {}, 'too many samples into memory'],
    ['absent(nothing)[365d:1ms]', {}, 'too many samples into memory'],
    [`${'('.repeat(500)}1${')'.repeat(500)}`, {}, 'nests more than 128 levels'],
    [Array.from({ length: 500 }, () => '1').join(' + '), {}, 'nests more than 128 levels'],
    ['-'.repeat(500) + '1', {}, 'nests more than 128 levels'],
    [`"${'x'.repeat(20_000)}"`, {}, 'more than 16384'],
  ])('%s is refused where it exceeds %o', async (query, options, problem) => {
    await expect(answer(queriesOver(shop, options), query)).rejects.toMatchObject({
      code: 'OBS_QUERY_LIMIT',
      message: expect.stringContaining(problem) as string,
    });
  });

  it('A range query with too many steps is refused', async () => {
    await expect(answerRange(queries, '1', [0, 11_000, 1])).rejects.toMatchObject({
      code: 'OBS_QUERY_LIMIT',
      message: expect.stringContaining('exceeded maximum resolution of 11000 points') as string,
    });
    expect(await answerRange(queries, '1', [0, 10_999, 1])).toHaveLength(1);
  });

  it.each([
    [{ startMs: 2, endMs: 1, stepMs: 1 }, 'end timestamp must not be before start time'],
    [{ startMs: 0, endMs: 1, stepMs: 0 }, 'zero or negative query resolution step widths'],
    [{ startMs: 0, endMs: 1, stepMs: Number.NaN }, 'step'],
    [{ startMs: Number.NaN, endMs: 1, stepMs: 1 }, 'start'],
    [{ startMs: 0, endMs: Infinity, stepMs: 1 }, 'end'],
  ])('The times %o are refused', async (range, problem) => {
    await expect(queries.queryRange('1', range)).rejects.toMatchObject({
      code: 'OBS_QUERY_PARAMETER',
      message: expect.stringContaining(problem) as string,
    });
  });
});
