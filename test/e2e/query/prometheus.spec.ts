import { describe, expect, it } from 'vitest';
import { alertRules, promtoolTests } from '../../../lib/alerting/index.js';
import { boards } from '../../../lib/dashboards/index.js';
import { systemProgram } from '../../system/system-program.js';
import { isEqual, ourAnswers, promtoolAnswers, type QueriedSeries } from './promtool-queries.js';

const promtool = systemProgram('promtool');

// Between two samples: Prometheus 2 includes the start of a range, Prometheus 3 does not.
const AT = '29m53s';

async function differences(all: readonly QueriedSeries[]) {
  const theirs = promtoolAnswers(promtool as string, all, AT);
  const different: string[] = [];
  let compared = 0;
  let filled = 0;
  for (const [i, it] of all.entries()) {
    const ours = await ourAnswers(it, AT);
    for (const [query, answer] of ours) {
      const wanted = theirs[i]!.get(query);
      compared++;
      if (answer.size > 0) filled++;
      if (wanted === undefined || !isEqual(answer, wanted)) {
        different.push(`${query}: ${JSON.stringify([[...answer], [...(wanted ?? [])]])}`);
      }
    }
  }
  return { different, compared, filled };
}

const { tests } = promtoolTests();
const rules = alertRules().flatMap((it) => it.rules);

/** Panel query with values for the variables of Grafana. */
const panelQuery = (query: string) =>
  query
    .replaceAll('$__rate_interval', '4m')
    .replaceAll('$__range', '20m')
    .replaceAll('$scope', 'job=~".*"')
    .replaceAll(/"\$\w+"/g, '".*"')
    .replaceAll(/(?<=\[)\$\w+/g, '5m')
    .replaceAll(/\$\w+/g, '0.99');

// Needs Debian's prometheus.
describe.skipIf(promtool === undefined)('the results of queries', () => {
  it('Alert expressions have the results that Prometheus has', { timeout: 60_000 }, async () => {
    const all = rules.flatMap((rule) => {
      if (!('alert' in rule)) return [];
      return tests
        .filter(({ name }) => name.split(' ')[0] === rule.alert)
        .map(({ interval, input_series }) => ({ interval, input_series, queries: [rule.expr] }));
    });
    const { different, compared, filled } = await differences(all);
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(80);
    expect(filled).toBeGreaterThan(30);
  });

  it('Panel queries have the results that Prometheus has', { timeout: 60_000 }, async () => {
    const queries = boards.flatMap(({ rows }) =>
      rows.flatMap(({ panels }) => panels.flatMap((it) => Object.values(it.queries))),
    );
    const interval = '1m';
    const series = new Map(
      tests
        .filter((it) => it.interval === interval)
        .flatMap((it) => it.input_series.map((one) => [one.series, one] as const)),
    );
    const input_series = [...series.values()];
    const { different, compared, filled } = await differences([
      { interval, input_series, queries: [...new Set(queries.map(panelQuery))] },
    ]);
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(90);
    expect(filled).toBeGreaterThan(20);
  });

  it('Queries of all kinds have the results that Prometheus has', { timeout: 60_000 }, async () => {
    const input_series = [
      { series: 'c{x="1",y="a"}', values: '0+7x60 3+5x60' },
      { series: 'c{x="2",y="a"}', values: '10+1x30 _x5 100+1.5x90' },
      { series: 'c{x="2",y="b"}', values: '1e6+333.25x120' },
      { series: 'g{x="1"}', values: '5-0.3x40 20+1x20 -4 1x20 7 stale _x3 8x30' },
      { series: 'g{x="2"}', values: '1x119 2 3 4' },
      { series: 'h_bucket{le="0.5"}', values: '0+1x120' },
      { series: 'h_bucket{le="1"}', values: '0+3x120' },
      { series: 'h_bucket{le="+Inf"}', values: '0+4x120' },
    ];
    const range = ['rate', 'increase', 'delta', 'irate', 'idelta', 'changes', 'resets', 'deriv'];
    const overTime = ['avg', 'min', 'max', 'sum', 'count', 'stddev', 'stdvar', 'last', 'present'];
    const operators = ['+', '-', '*', '/', '%', '^', '==', '!=', '>', '<', '>=', '<='];
    const queries = [
      ...[...range, ...overTime.map((it) => `${it}_over_time`)].flatMap((name) => [
        `${name}(c[3m])`,
        `${name}(g[7m])`,
        `sum by (x) (${name}(c[2m] offset 90s))`,
        `max_over_time(${name}(g[63s])[4m:20s])`,
      ]),
      ...operators.flatMap((it) => [
        `c ${it} on (x) group_left g`,
        `g ${it} bool ignoring (y) g`.replace(/(?<=[-+*/%^]) bool/, ''),
        `3 ${it} g`,
      ]),
      ...['sum', 'avg', 'min', 'max', 'count', 'stddev', 'group'].map((it) => `${it} by (x) (c)`),
      'quantile without (y) (0.3, c)',
      'topk(2, c)',
      'bottomk by (x) (1, c)',
      'count_values("v", g)',
      'quantile_over_time(0.37, g[6m])',
      'predict_linear(g[6m], 3600)',
      'histogram_quantile(0.6, rate(h_bucket[2m]))',
      'histogram_quantile(0.99, sum by (le) (h_bucket))',
      'label_replace(c, "z", "$2-$1", "y", "(.)(.?)")',
      'label_join(c, "z", "/", "x", "y")',
      'c and on (x) g > 2 or g unless c',
      'absent(g{x="3"}) or absent_over_time(nothing[5m])',
      'g @ 600 + g offset 1m',
      'round(c, 0.25) + ceil(g) - floor(g) * sgn(g) / clamp(g, -1, 3)',
      'timestamp(g) - time()',
      'sqrt(abs(g)) + exp(g / 10) + ln(c) + log2(c) + log10(c)',
      'day_of_week(c * 1e4) + hour(c * 1e3) + month(c * 1e5) + days_in_month(c * 1e5)',
      'scalar(g{x="2"}) * vector(2) ^ -1',
      'sort_desc(c) * -1 ^ 2',
      '{__name__=~"c|g", x!~"2.*"}',
    ];
    const { different, compared } = await differences([{ interval: '15s', input_series, queries }]);
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(120);
  });
});
