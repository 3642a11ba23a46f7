import { describe, expect, it } from 'vitest';
import { boards, grafanaDashboard } from '../../../lib/dashboards/index.js';
import { foreignMetrics } from '../../../lib/dashboards/foreign-metrics.js';
import { exposedNames } from '../../../lib/metrics/definition/metric-definition.js';
import { catalogue } from '../../../lib/metrics/index.js';
import { selectorsOf } from './selectors.js';

const metrics = catalogue.flatMap((domain) => domain.metrics);
const byName = new Map(metrics.flatMap((it) => exposedNames(it).map((name) => [name, it])));
const foreign: readonly string[] = Object.values(foreignMetrics).map(({ name }) => name);
const panels = boards.flatMap((board) =>
  board.rows.flatMap((row) =>
    row.panels.map((panel) => ({ ...panel, at: `${board.id}: ${panel.title}`, board })),
  ),
);
const queries = panels.flatMap(({ at, queries: own, board }) =>
  Object.entries(own).map(([legend, expr]) => ({ at, legend, expr, board })),
);

/** Catalogue metrics that no board shows, with the reason. */
const NOT_SHOWN: Readonly<Record<string, string>> = {};

describe('boards', () => {
  it('The boards are thirteen with at least 90 panels and different names', () => {
    expect(boards).toHaveLength(13);
    expect(panels.length).toBeGreaterThanOrEqual(90);
    for (const values of [boards.map(({ id }) => id), panels.map(({ at }) => at)])
      expect(values).toEqual([...new Set(values)]);
  });

  it('Every panel answers a question and has queries', () => {
    const bad = panels.filter(
      (it) => !it.question.includes('?') || !Object.keys(it.queries).length,
    );
    expect(bad.map(({ at }) => at)).toEqual([]);
  });

  it('Every query selects metrics that exist, with labels that they have', () => {
    const wrong = queries.flatMap(({ at, expr, legend }) =>
      selectorsOf(expr).flatMap(({ name, labels }) => {
        if (foreign.includes(name)) return [];
        const metric = byName.get(name);
        if (metric === undefined) return [`${at}: ${name} is not in the catalogue`];
        // A label `job` of a metric is `exported_job` in Prometheus.
        const known = ['le', 'job', 'exported_job', 'instance', ...(metric.labels ?? [])];
        const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        return [...labels, ...groupedBy(expr), ...shown]
          .filter((label) => !known.includes(label))
          .map((label) => `${at}: ${name} has no label ${label}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('Every legend shows labels that its query keeps', () => {
    const wrong = queries.filter(({ legend, expr }) => {
      const shown = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      // A selector without an aggregation keeps all labels.
      return groupedBy(expr).length > 0 && shown.some((it) => !groupedBy(expr).includes(it));
    });
    expect(wrong.map(({ at, legend }) => `${at}: ${legend}`)).toEqual([]);
  });

  it('Every selector of our metrics has the scope of the board', () => {
    const wrong = queries.filter(({ expr }) =>
      selectorsOf(expr).some(
        ({ name, text }) => !name.startsWith('node_') && !/\$scope|job=~"\$job"/.test(text),
      ),
    );
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it('Every rate is over $__rate_interval, and every count over a window that the board sets', () => {
    const windows = queries.flatMap(({ at, expr }) =>
      [...expr.matchAll(/(rate|increase)\(\w+\{[^}]*\}\[([^\]]+)\]\)/g)].map(
        ([, name, window]) => ({
          at,
          name,
          window,
        }),
      ),
    );
    expect(windows.filter((it) => it.name === 'rate' && it.window !== '$__rate_interval')).toEqual(
      [],
    );
    const known = ['$__rate_interval', '$__range', '$long', '$short'];
    expect(windows.filter(({ window }) => !known.includes(window as string))).toEqual([]);
    const ranges = queries.reduce((sum, { expr }) => sum + expr.split('[').length - 1, 0);
    expect(windows).toHaveLength(ranges);
  });

  it('Every counter and histogram is read through a rate or an increase', () => {
    const wrong = queries.filter(({ expr }) =>
      selectorsOf(expr).some(
        ({ name, isRange }) => !isRange && /counter|histogram/.test(byName.get(name)?.type ?? ''),
      ),
    );
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it('The unit of a panel is that of the metrics that it reads as they are', () => {
    const wrong = panels.filter(({ unit, queries: own }) =>
      Object.values(own).some((expr) => {
        const isDerived = / [/-] |count|time\(\)/.test(expr) || /rate\(|increase\(/.test(expr);
        // The first selector has the values; others only restrict them.
        const [{ name } = { name: '' }] = selectorsOf(expr);
        const [, foreignUnit] = /^scrape_\w+_(seconds)$/.exec(name) ?? [];
        const read = byName.get(name)?.unit ?? foreignUnit ?? 'count';
        return !isDerived && read !== (unit === 'state' ? 'count' : unit);
      }),
    );
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it('A quantile of a duration is in seconds', () => {
    const wrong = panels.filter(
      ({ unit, queries: own }) =>
        Object.values(own).some((it) => it.startsWith('histogram_quantile')) && unit !== 'seconds',
    );
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it('Every division is by a positive number', () => {
    const wrong = queries.filter(
      ({ expr }) =>
        expr.includes(' / ') &&
        !/ \/ \(.*> 0\)/.test(expr) &&
        !/node_\w+\{[^}]*\} \/ node_/.test(expr),
    );
    expect(wrong.map(({ at }) => at)).toEqual([]);
  });

  it('A lag leaves out projections that are being rebuilt', () => {
    const lags = queries.filter(({ expr }) => /projection_lag_(?:seconds|events)/.test(expr));
    expect(lags.length).toBeGreaterThan(4);
    for (const { expr } of lags)
      expect(expr).toMatch(/ unless on \(projection_name\) .*state="rebuilding"/);
  });

  it('Every gauge is aggregated as its processes are', () => {
    const wrong = queries.flatMap(({ at, expr }) =>
      [...expr.matchAll(/\b(sum|max|min)(?: by \([^)]*\) )?\((\w+)\{/g)].flatMap(
        ([, operator, name = '']) => {
          const { type, aggregation = 'sum' } = byName.get(name) ?? { type: 'other' };
          if (type !== 'gauge' || operator === aggregation) return [];
          return `${at}: ${operator} of ${name}`;
        },
      ),
    );
    expect(wrong).toEqual([
      // The shortest of all: the last process to start.
      'overview: Shortest uptime: min of eventcore_uptime_seconds',
      'http-and-runtime: Shortest uptime: min of eventcore_uptime_seconds',
      // Over the metrics of each process.
      'telemetry: Series: sum of eventcore_observability_series',
      'telemetry: Number of series: sum of eventcore_observability_series',
    ]);
  });

  it('Green, yellow and red mean good, neither and bad', () => {
    const all = panels.flatMap(({ colors = {}, states = [] }) => [
      ...Object.entries(colors).flatMap(([color, names]) => names.map((it) => `${it} ${color}`)),
      ...states.map(({ text, color }) => `${text} ${color}`),
    ]);
    expect([...new Set(all.filter((it) => /fail|fault|down|open red|error/.test(it)))]).toEqual(
      expect.arrayContaining(['failure red', 'faulted red', 'down red', 'open red', 'error red']),
    );
    expect(all.filter((it) => /(?:failure|faulted|down|error|fatal) (?!red)/.test(it))).toEqual([]);
  });

  it('Every metric of the catalogue is on a board or has a reason not to be', () => {
    const shown = new Set(
      queries.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => byName.get(name)?.name)),
    );
    const missing = metrics.map(({ name }) => name).filter((it) => !shown.has(it));
    expect(missing).toEqual(Object.keys(NOT_SHOWN));
  });

  it('Every variable that a query names is one of its board', () => {
    const wrong = queries.flatMap(({ at, expr, board }) => {
      const own = (board.variables ?? []).map(({ name }) => name);
      const known = ['scope', 'job', 'instance', '__rate_interval', '__range', ...own];
      return [...expr.matchAll(/\$(\w+)/g)]
        .filter(([, name = '']) => !known.includes(name))
        .map(([name]) => `${at}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('Every variable of a board is used', () => {
    const unused = boards.flatMap((board) => {
      const text = JSON.stringify(grafanaDashboard(board));
      return (board.variables ?? [])
        .filter(({ name }) => text.split(`$${name}`).length === 1)
        .map(({ name }) => `${board.id}: ${name}`);
    });
    expect(unused).toEqual([]);
  });
});

function groupedBy(expr: string): string[] {
  return [...expr.matchAll(/by \(([^)]*)\)/g)]
    .flatMap(([, labels = '']) => labels.split(', '))
    .filter((it) => it !== 'le');
}
