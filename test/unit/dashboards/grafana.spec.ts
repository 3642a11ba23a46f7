import { describe, expect, it } from 'vitest';
import { boards, grafanaDashboard, type GrafanaOptions } from '../../../lib/dashboards/index.js';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: unknown;
  readonly exemplar: boolean;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly panels?: readonly Panel[];
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string; readonly noValue: string } };
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly links: readonly object[];
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr: string }[];
  };
  readonly templating: { readonly list: readonly Record<string, unknown>[] };
}

const read = (value: unknown) => JSON.parse(JSON.stringify(value)) as Dashboard;
const dashboards = boards.map((it) => read(grafanaDashboard(it)));
const cases = dashboards.map((it) => [it.title, it] as const);
// The units of Grafana that the boards use: https://github.com/grafana/grafana, categories.ts.
const UNITS = ['s', 'bytes', 'binBps', 'percentunit', 'short', 'cps', 'none'];

const allOf = ({ panels }: Dashboard) => panels.flatMap((it) => [it, ...(it.panels ?? [])]);

describe.each(cases)('The dashboard %s', (_title, dashboard) => {
  const all = allOf(dashboard);
  const drawn = all.filter(({ type }) => type !== 'row');

  it('A dashboard has ids and refIds of its own', () => {
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { targets = [] } of drawn) {
      const refIds = targets.map(({ refId }) => refId);
      expect(refIds.every((it) => /^[A-Z]$/.test(it))).toBe(true);
      expect(refIds).toEqual([...new Set(refIds)]);
    }
  });

  it('A dashboard describes every panel and has its unit and its text without data', () => {
    for (const { title, description, fieldConfig } of drawn) {
      expect(description, title).toMatch(/\?/);
      expect(UNITS, title).toContain(fieldConfig?.defaults.unit);
      expect(fieldConfig?.defaults.noValue, title).toMatch(/\S/);
    }
  });

  it('A dashboard asks the data source of its variable', () => {
    const sources = drawn.flatMap(({ targets = [] }) => targets.map((it) => it.datasource));
    const wanted = { type: 'prometheus', uid: '${datasource}' };
    expect(sources.length).toBeGreaterThan(0);
    for (const it of sources) expect(it).toEqual(wanted);
    const text = JSON.stringify(dashboard);
    expect(text).not.toMatch(/__inputs|\$\{DS_|\$scope/);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', query: 'prometheus' });
  });

  it('A dashboard has no hole and no overlap in its grid', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row');
    for (const row of rows) expect(row.gridPos).toMatchObject({ x: 0, w: 24, h: 1 });
    const collapsed = rows.flatMap(({ panels = [] }) => (panels.length > 0 ? [panels] : []));
    for (const panels of [dashboard.panels, ...collapsed]) {
      const cells = new Set<string>();
      let area = 0;
      for (const { gridPos } of panels) {
        area += gridPos.w * gridPos.h;
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) cells.add(`${x} ${y}`);
      }
      const top = Math.min(...panels.map(({ gridPos }) => gridPos.y));
      const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
      expect(cells.size, 'no overlap').toBe(area);
      expect(area, 'no hole').toBe(24 * (bottom - top));
    }
  });

  it('A dashboard fits its titles into their panels', () => {
    // About 7 px a letter, and 76 px a column at a width of 1900 px.
    const long = drawn.filter(({ title, gridPos }) => title.length * 7 > gridPos.w * 76 - 40);
    expect(long.map(({ title }) => title)).toEqual([]);
  });

  it('A dashboard links to its sisters with time and variables, and marks starts, rebuilds and alerts', () => {
    expect(dashboard.links).toMatchObject([
      { type: 'dashboards', tags: dashboard.tags, keepTime: true, includeVars: true },
    ]);
    const names = dashboard.annotations.list.map(({ name }) => name);
    expect(names).toEqual(['Deployments', 'Rebuilds', 'Firing alerts']);
  });

  it('A dashboard lets you choose jobs, instances and handlers, or all of them', () => {
    const [, ...variables] = dashboard.templating.list;
    expect(variables.slice(0, 2)).toMatchObject([{ name: 'job' }, { name: 'instance' }]);
    for (const it of variables.filter(({ type }) => type === 'query'))
      expect(it).toMatchObject({ multi: true, includeAll: true, allValue: '.+' });
  });
});

describe('grafanaDashboard', () => {
  const text = (options: object) =>
    boards.map((it) => JSON.stringify(grafanaDashboard(it, options))).join('\n');

  it('Every panel of a latency shows exemplars', () => {
    const targets = dashboards.flatMap(allOf).flatMap((it) => it.targets ?? []);
    const exemplars = targets.filter(({ exemplar }) => exemplar);
    expect(exemplars.length).toBeGreaterThan(10);
    for (const { expr } of exemplars) expect(expr).toContain('_bucket{');
  });

  it('Dashboards have stable identifiers', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual([
      'eventcore-overview',
      'eventcore-commands',
      'eventcore-projections',
      'eventcore-event-store',
      'eventcore-jobs',
      'eventcore-messages',
      'eventcore-pipelines',
      'eventcore-http-and-runtime',
      'eventcore-service-mesh',
      'eventcore-models',
      'eventcore-resources',
      'eventcore-slo',
      'eventcore-telemetry',
    ]);
  });

  it('Dashboards follow a namespace in every name, title, tag and identifier', () => {
    const renamed = text({ namespace: 'my_shop' });
    expect(renamed).not.toContain('eventcore');
    expect(renamed.replaceAll('my_shop', 'eventcore')).toBe(text({}));
  });

  it('Dashboards add a selector to every series of an application and its jobs', () => {
    const [overview] = boards as [(typeof boards)[number]];
    const matcher = 'service="shop"';
    const { panels, templating } = read(grafanaDashboard(overview, { selector: matcher }));
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const it of exprs.filter((expr) => !expr.includes('ALERTS')))
      expect(it.split(matcher).length).toBe(it.split('$instance').length);
    expect(JSON.stringify(templating)).toContain(JSON.stringify(matcher).slice(1, -1));
  });

  it('A dollar sign in a selector stays as it is', () => {
    const [overview] = boards as [(typeof boards)[number]];
    const selector = `region=~"eu$|us$&"`;
    expect(JSON.stringify(grafanaDashboard(overview, { selector }))).toContain('eu$|us$&');
  });

  it.each([
    [{ namespace: 'My-Shop' }, 'namespace'],
    [{ namespace: 'a'.repeat(33) }, 'namespace'],
    [{ selector: 'service=shop' }, 'selector'],
    [{ selector: '{service="shop"}' }, 'selector'],
    [{ selector: 'service="shop"}) or up{a="b"' }, 'selector'],
    [{ selector: 'service=~"("' }, 'selector'],
    [{ selector: 'service=~"(?=a)"' }, 'selector'],
    [{ datasource: ' ' }, 'datasource'],
    [{ datasources: 'x' }, 'datasources'],
  ])('The options %j are refused with the path %s', (options, path) => {
    const [overview] = boards as [(typeof boards)[number]];
    const act = () => grafanaDashboard(overview, options as GrafanaOptions);
    expect(act).toThrow(expect.objectContaining({ code: 'OBS_OPTION_INVALID' }));
    expect(act).toThrow(new RegExp(`\\n  ${path} = `));
  });

  it('A data source that is named is selected first', () => {
    const [overview] = boards as [(typeof boards)[number]];
    const { templating } = read(grafanaDashboard(overview, { datasource: 'Mimir' }));
    expect(templating.list[0]).toMatchObject({ current: { value: 'Mimir' } });
  });
});
