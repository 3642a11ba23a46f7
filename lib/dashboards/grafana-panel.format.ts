import type { BoardPanel, PanelKind, PanelState, PanelUnit } from './board.js';

/** Data source of a panel or an annotation: the one that the variable `datasource` selects. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

type Json = Readonly<Record<string, unknown>>;

const units: Readonly<Record<PanelUnit, string>> = {
  seconds: 's',
  bytes: 'bytes',
  'bytes per second': 'binBps',
  ratio: 'percentunit',
  count: 'short',
  'per second': 'cps',
  state: 'none',
};

// Colours without a meaning: no green and no red.
const PALETTE = ['blue', 'purple', 'orange', 'light-blue', 'dark-purple', 'dark-blue'];
const REF_IDS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LEGEND = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };
const LAST = { calcs: ['lastNotNull'], fields: '', values: false };
const AT_ONCE: readonly PanelKind[] = ['stat', 'bargauge', 'table'];

/** Returns the JSON of a panel without its place. */
export function grafanaPanel(panel: BoardPanel): Json {
  const kind = panel.kind ?? 'timeseries';
  return {
    type: kind,
    title: panel.title,
    description: panel.question,
    datasource: dataSource,
    targets: Object.entries(panel.queries).map(([legend, expr], i) =>
      target(panel, { legend, expr, refId: REF_IDS[i] as string }),
    ),
    fieldConfig: { defaults: defaults(panel), overrides: overrides(panel) },
    options: optionsOf[kind](panel),
    ...(kind === 'table' && { transformations: withoutTime(panel) }),
  };
}

interface Target {
  readonly legend: string;
  readonly expr: string;
  readonly refId: string;
}

function target({ kind = 'timeseries', exemplars = false }: BoardPanel, it: Target): Json {
  // Values over the whole range of the board are one query at its end.
  const isInstant = kind === 'table' || (AT_ONCE.includes(kind) && it.expr.includes('[$__range]'));
  return {
    refId: it.refId,
    datasource: dataSource,
    expr: it.expr,
    legendFormat: it.legend,
    editorMode: 'code',
    range: !isInstant,
    instant: isInstant,
    exemplar: exemplars,
    ...(kind === 'heatmap' && { format: 'heatmap' }),
    ...(kind === 'table' && { format: 'table' }),
  };
}

function defaults(panel: BoardPanel): Json {
  const { kind = 'timeseries', unit, absent = 'none yet', threshold, states = [] } = panel;
  const mappings = states.length === 0 ? [] : [{ type: 'value', options: named(states) }];
  const isOfThresholds = kind === 'stat' || kind === 'state-timeline' || threshold !== undefined;
  const mode = isOfThresholds && kind !== 'timeseries' ? 'thresholds' : 'continuous-BlPu';
  return {
    unit: units[unit],
    noValue: absent,
    mappings,
    color: mode === 'thresholds' ? { mode } : { mode, seriesBy: 'last' },
    thresholds: { mode: 'absolute', steps: steps(panel) },
    ...(unit === 'ratio' && { min: threshold?.bad === 'below' ? undefined : 0 }),
    ...(unit === 'ratio' && kind === 'bargauge' && { max: 1 }),
    custom: customOf[kind]?.(panel) ?? {},
  };
}

function named(states: readonly PanelState[]): Json {
  return Object.fromEntries(
    states.map(({ value, text, color }, index) => [String(value), { text, color, index }]),
  );
}

function steps({ kind = 'timeseries', threshold }: BoardPanel): readonly Json[] {
  const base = kind === 'timeseries' ? 'transparent' : 'text';
  if (threshold === undefined) return [{ value: null, color: base }];
  const good = kind === 'timeseries' ? base : 'green';
  const { at, bad } = threshold;
  return bad === 'above'
    ? [
        { value: null, color: good },
        { value: at, color: 'red' },
      ]
    : [
        { value: null, color: 'red' },
        { value: at, color: good },
      ];
}

/** Colours with a meaning, and the palette for the lines of fixed legends. */
function overrides({ kind, queries, colors = {} }: BoardPanel): readonly Json[] {
  const meant = Object.entries(colors);
  const legends = Object.keys(queries).filter(
    (it) => !it.includes('{{') && !meant.some(([, names]) => names.includes(it)),
  );
  const isDrawn = kind === 'timeseries' && Object.keys(queries).length > 1;
  const plain = isDrawn ? legends.map((it, i) => [PALETTE[i] as string, [it]] as const) : [];
  return [...plain, ...meant].map(([fixedColor, names]) => ({
    matcher: { id: 'byNames', options: { mode: 'include', names } },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
}

const customOf: Partial<Record<PanelKind, (panel: BoardPanel) => Json>> = {
  timeseries: ({ stacked = false, threshold, unit }) => ({
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 8,
    showPoints: 'auto',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: threshold === undefined ? 'off' : 'dashed' },
    ...(threshold?.bad !== 'below' && { axisSoftMin: 0 }),
    // The line of the threshold is always in sight.
    ...(threshold?.bad === 'above' && {
      axisSoftMax: unit === 'ratio' ? Math.min(1, threshold.at * 1.2) : threshold.at * 1.2,
    }),
  }),
  'state-timeline': () => ({ lineWidth: 0, fillOpacity: 70 }),
  table: () => ({ align: 'auto', inspect: false }),
};

const optionsOf: Readonly<Record<PanelKind, (panel: BoardPanel) => Json>> = {
  timeseries: () => ({ legend: LEGEND, tooltip: { mode: 'multi', sort: 'desc' } }),
  stat: () => ({
    graphMode: 'area',
    colorMode: 'value',
    justifyMode: 'auto',
    textMode: 'value',
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: 'standard',
    orientation: 'auto',
    reduceOptions: LAST,
  }),
  bargauge: () => ({
    displayMode: 'basic',
    valueMode: 'text',
    namePlacement: 'auto',
    showUnfilled: true,
    sizing: 'auto',
    minVizWidth: 8,
    minVizHeight: 16,
    maxVizHeight: 300,
    orientation: 'horizontal',
    legend: { ...LEGEND, showLegend: false },
    reduceOptions: LAST,
  }),
  heatmap: ({ unit }) => ({
    calculate: false,
    color: {
      mode: 'scheme',
      scheme: 'Blues',
      fill: 'blue',
      scale: 'exponential',
      exponent: 0.5,
      steps: 64,
      reverse: false,
    },
    cellGap: 1,
    filterValues: { le: 1e-9 },
    showValue: 'never',
    rowsFrame: { layout: 'auto' },
    yAxis: { unit: units[unit], axisPlacement: 'left', reverse: false },
    legend: { show: false },
    tooltip: { mode: 'single', yHistogram: true, showColorScale: false },
    exemplars: { color: 'rgba(255,0,255,0.7)' },
  }),
  'state-timeline': () => ({
    showValue: 'auto',
    rowHeight: 0.9,
    mergeValues: true,
    alignValue: 'left',
    legend: { ...LEGEND, showLegend: false },
    tooltip: { mode: 'single', sort: 'none' },
  }),
  table: () => ({ frameIndex: 0, showHeader: true, cellHeight: 'sm' }),
};

/** Names the column of values after the legend, and leaves out the one of times. */
function withoutTime({ queries }: BoardPanel): readonly Json[] {
  const [legend = ''] = Object.keys(queries);
  return [
    {
      id: 'organize',
      options: { excludeByName: { Time: true }, indexByName: {}, renameByName: { Value: legend } },
    },
  ];
}
