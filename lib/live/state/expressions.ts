import {
  type CallMetrics,
  callTables,
  type CallTable,
  type LiveMetrics,
  liveMetrics,
  type Part,
} from './live-metrics.js';

/** Stands for the label matchers of a row, with a comma behind them where needed. */
const LABELS = '$labels';

/** PromQL of the numbers of the page, by table and column. */
export type Expressions = Readonly<Record<string, Readonly<Record<string, string>>>>;

const series = (metric: string, more = '') => `${metric}{${LABELS}${more}}`;

/** Returns the PromQL of the numbers of the page. */
export function expressionsOf(namespace: string): Expressions {
  const names = liveMetrics(namespace);
  const calls = callTables.map((it) => [it, callExpressions(names.calls[it])]);
  return {
    ...(Object.fromEntries(calls) as Record<CallTable, Record<string, string>>),
    tiles: tileExpressions(names),
    projections: projectionExpressions(names),
    ...resourceExpressions(names),
    errors: { count: `sum(increase(${series(names.errors)}[15m]))` },
  };
}

function tileExpressions({ calls: { commands }, progress, loopDelay }: LiveMetrics) {
  return {
    rate: `sum(rate(${commands.finished}[5m]))`,
    failing: `sum(rate(${commands.failed.metric}[5m])) / sum(rate(${commands.finished}[5m]))`,
    p95: `histogram_quantile(0.95, sum by (le) (rate(${commands.duration}_bucket[5m])))`,
    oldest: `max(${progress.lagSeconds})`,
    loop: `${loopDelay}{quantile="0.99"}`,
  };
}

function projectionExpressions({ progress, projections: { processed, failed } }: LiveMetrics) {
  const applied = `sum(rate(${series(processed)}[5m]))`;
  return {
    state: `${series(progress.state)} == 1`,
    behind: series(progress.lagSeconds),
    events: series(progress.lagEvents),
    applied,
    arriving: `${applied} + sum(deriv(${series(progress.lagEvents)}[5m]))`,
    errors: `sum(increase(${series(failed)}[5m]))`,
    position: series(progress.position),
  };
}

function resourceExpressions({ pools, breakers, store }: LiveMetrics) {
  return {
    pools: {
      used: `${series(pools.size)} - ${series(pools.available)}`,
      max: series(pools.maxSize),
      waiting: series(pools.pending),
    },
    breakers: {
      state: series(breakers.state),
      opened: `increase(${series(breakers.transitions, 'state="open"')}[15m])`,
    },
    store: {
      written: `sum(rate(${store.written}[5m]))`,
      read: `sum(rate(${store.read}[5m]))`,
      conflicts: `sum(rate(${store.conflicts}[5m]))`,
      streams: store.active,
    },
  };
}

/** Returns the PromQL of the columns of a table of calls. */
function callExpressions(table: CallMetrics): Record<string, string> {
  const by = table.labels.join(', ');
  const rate = (part: Part, window = '5m') => {
    const matcher = part.label === undefined ? '' : `${part.label}=~"${part.values}"`;
    return `sum by (${by}) (rate(${part.metric}{${LABELS}${matcher}}[${window}]))`;
  };
  const finished = rate({ metric: table.finished });
  const quantile = (q: number) =>
    `histogram_quantile(${q}, sum by (${by}, le) (rate(${table.duration}_bucket{${LABELS}}[5m])))`;
  return {
    rate: finished,
    failing: `${rate(table.failed)} / ${finished}`,
    ...(table.rejected && { rejected: `${rate(table.rejected)} / ${finished}` }),
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    ...(table.inFlight && { 'in flight': `sum by (${by}) (${table.inFlight}{${LABELS}})` }),
    ...(table.retries && { retries: rate({ metric: table.retries }) }),
  };
}
