import type { Board, BoardPanel, BoardRow, BoardVariable } from './board.js';
import { dataSource, grafanaPanel } from './grafana-panel.format.js';

/** Dashboard in the classic JSON model of Grafana 10 and later. */
export type GrafanaDashboard = Readonly<Record<string, unknown>> & {
  /** Stable identifier in addresses and links. */
  readonly uid: string;
  readonly title: string;
};

/** Parts of a dashboard that are not in its board. */
export interface GrafanaContext {
  /** First word of the metric names; of the title and the identifier too. */
  readonly namespace: string;
  /** Data source that is selected first; empty for the default one. */
  readonly datasource: string;
  /** Series of annotations: the uptime of processes, projections that are being rebuilt, alerts that fire. */
  readonly annotated: {
    readonly uptime: string;
    readonly rebuilds: string;
    readonly alerts: string;
  };
}

type Json = Readonly<Record<string, unknown>>;

const SCHEMA_VERSION = 41;
const COLUMNS = 24;
const HEIGHT = 8;
const STAT_HEIGHT = 4;
const ALL = { selected: true, text: ['All'], value: ['$__all'] };
const DATA_SOURCE_REFRESH = 1;
const TIME_RANGE_REFRESH = 2;
const ALPHABETICAL = 1;
const MAX_UID = 40;

/** Returns the dashboard of a board. */
export function formatGrafana(board: Board, context: GrafanaContext): GrafanaDashboard {
  const { namespace } = context;
  return {
    uid: `${namespace}-${board.id}`.slice(0, MAX_UID),
    title: `${namespace} / ${board.title}`,
    description: board.description,
    tags: ['observability', namespace],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    // A crosshair at the same moment on all panels.
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    links: [boardLink(namespace)],
    annotations: { list: annotations(context) },
    templating: { list: variables(board, context) },
    panels: placed(board.rows),
  };
}

/** A link to all boards that keeps the time range and the variables. */
function boardLink(namespace: string): Json {
  return {
    title: 'Boards',
    type: 'dashboards',
    icon: 'external link',
    tooltip: '',
    tags: ['observability', namespace],
    asDropdown: true,
    targetBlank: false,
    includeVars: true,
    keepTime: true,
  };
}

function annotations({ annotated }: GrafanaContext): readonly Json[] {
  const { uptime, rebuilds, alerts } = annotated;
  return [
    // A process that starts is a deployment or a restart. The value is the time of the start in milliseconds.
    annotation('Deployments', {
      expr: `(timestamp(${uptime}) - ${uptime}) * 1000`,
      tagKeys: 'instance',
      textFormat: '{{instance}}',
      color: 'blue',
      useValueForTime: true,
    }),
    annotation('Rebuilds', {
      expr: `max by (projection_name) (${rebuilds}) == 1`,
      tagKeys: 'projection_name',
      textFormat: '{{projection_name}}',
      color: 'purple',
    }),
    annotation('Firing alerts', {
      expr: alerts,
      tagKeys: 'alertname,severity',
      textFormat: '{{alertname}} {{instance}}',
      color: 'red',
    }),
  ];
}

interface AnnotationDetails {
  readonly expr: string;
  readonly tagKeys: string;
  readonly textFormat: string;
  readonly color: string;
  readonly useValueForTime?: boolean;
}

function annotation(name: string, { color, ...details }: AnnotationDetails): Json {
  return {
    name,
    enable: true,
    hide: false,
    iconColor: color,
    datasource: dataSource,
    titleFormat: name,
    step: '60s',
    ...details,
  };
}

function variables({ variables: own = [] }: Board, { datasource }: GrafanaContext): Json[] {
  return [
    {
      type: 'datasource',
      name: 'datasource',
      label: 'Data source',
      query: 'prometheus',
      refresh: DATA_SOURCE_REFRESH,
      multi: false,
      includeAll: false,
      ...(datasource !== '' && {
        current: { selected: true, text: datasource, value: datasource },
      }),
    },
    ...own.map((it) => (it.choices === undefined ? valuesOf(it) : choiceOf(it))),
  ];
}

/** A variable with the values of a label. All stands for every value, so that queries stay short. */
function valuesOf({ name, title, values }: BoardVariable): Json {
  const query = `label_values(${values?.series}, ${values?.label})`;
  return {
    type: 'query',
    name,
    label: title,
    datasource: dataSource,
    query,
    refresh: TIME_RANGE_REFRESH,
    sort: ALPHABETICAL,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: ALL,
  };
}

function choiceOf({ name, title, choices = [] }: BoardVariable): Json {
  const options = choices.map((it, i) => ({ selected: i === 0, text: it, value: it }));
  return {
    type: 'custom',
    name,
    label: title,
    query: choices.join(','),
    options,
    current: options[0],
    multi: false,
    includeAll: false,
  };
}

/** Places rows below each other, and their panels in lines from left to right. */
function placed(rows: readonly BoardRow[]): Json[] {
  const panels: Json[] = [];
  let id = 0;
  let y = 0;
  for (const row of rows) {
    const heading = {
      id: ++id,
      type: 'row',
      title: row.title,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    };
    const cells = cellsOf(row.panels, ++y).map(({ panel, gridPos }) => ({
      id: ++id,
      ...grafanaPanel(panel),
      gridPos,
    }));
    const collapsed = row.collapsed === true;
    panels.push({ ...heading, collapsed, panels: collapsed ? cells : [] });
    if (collapsed) continue;
    panels.push(...cells);
    y = Math.max(...cells.map(({ gridPos }) => gridPos.y + gridPos.h));
  }
  return panels;
}

function cellsOf(panels: readonly BoardPanel[], top: number) {
  let x = 0;
  let y = top;
  let lineHeight = 0;
  return panels.map((panel) => {
    const isStat = panel.kind === 'stat';
    const { width = isStat ? 4 : 8 } = panel;
    const height = isStat ? STAT_HEIGHT : HEIGHT;
    if (x + width > COLUMNS) {
      y += lineHeight;
      x = lineHeight = 0;
    }
    const gridPos = { x, y, w: width, h: height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return { panel, gridPos };
  });
}
