import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../../metrics/catalogue/projections.js';
import { above } from '../alert-thresholds.js';
import type { Board, BoardRow, PanelState } from '../board.js';
import { bars, graph, stat, timeline } from '../panels.js';
import {
  countBy,
  mean,
  outcomeColors,
  quantile,
  quantiles,
  rateBy,
  series,
  share,
  sumBy,
} from '../queries.js';

const projection = 'projection_name=~"$projection"';
const { processed, skipped, failed, retries, deadLettered, duration, batchSize, latency, active } =
  projectionMetrics;
const { state, lagSeconds, lagEvents, lastProcessed, headObserved, observationErrors } =
  progressMetrics;

/** States of a projection, the least welcome one last: of several processes, that one is shown. */
const stateRows = [
  ['live', 'green'],
  ['catching_up', 'blue'],
  ['starting', 'blue'],
  ['rebuilding', 'blue'],
  ['paused', 'yellow'],
  ['stopped', 'yellow'],
  ['faulted', 'red'],
] as const;

/** Names and colours of {@link stateOfProjections}. */
export const projectionStates: readonly PanelState[] = stateRows.map(([text, color], i) => ({
  value: i + 1,
  text,
  color,
}));

/** Returns the state of each projection as a number; see {@link projectionStates}. */
export function stateOfProjections(matchers: string): string {
  const codes = stateRows.map(
    ([name], i) => `${i + 1} * ${series(state, `${matchers}, state="${name}"`)}`,
  );
  return `max by (projection_name) (${codes.join(' or ')})`;
}

/** Returns a lag by projection, without projections that are being rebuilt. */
export function lagOf(metric: { readonly name: string }, matchers: string): string {
  const rebuilding = series(state, `${matchers}, state="rebuilding"`);
  return `max by (projection_name) (${series(metric, matchers)}) unless on (projection_name) (max by (projection_name) (${rebuilding}) == 1)`;
}

const now: BoardRow = {
  title: 'Projections now',
  panels: [
    stat(
      'Longest lag: How old is the oldest event that has not been applied? Rebuilds are left out.',
      { unit: 'seconds', threshold: above('ProjectionLagHigh', 'seconds') },
      { lag: `max(${lagOf(lagSeconds, projection)})` },
    ),
    stat('Events behind: How many events have not been applied? Rebuilds are left out.', 'count', {
      events: `sum(${lagOf(lagEvents, projection)})`,
    }),
    stat(
      'Faulted: How many projections have stopped after an error?',
      { unit: 'count', threshold: { at: 1, bad: 'above' } },
      {
        faulted: `sum(max by (projection_name) (${series(state, `${projection}, state="faulted"`)}))`,
      },
    ),
    stat('Rebuilding: How many projections are being rebuilt?', 'count', {
      rebuilding: `sum(max by (projection_name) (${series(state, `${projection}, state="rebuilding"`)}))`,
    }),
    stat('Failures: How many event handlings fail per second?', 'per second', {
      failures: rateBy('', failed, projection),
    }),
    stat(
      'Dead letters: How many events were given up in this time range?',
      { unit: 'count', threshold: { at: 1, bad: 'above' } },
      { 'dead letters': countBy('', deadLettered, projection) },
    ),
  ],
};

const lag: BoardRow = {
  title: 'State and lag',
  panels: [
    timeline(
      'State by projection: Which projections do not work, and since when?',
      { unit: 'state', width: 24, states: projectionStates },
      { '{{projection_name}}': stateOfProjections(projection) },
    ),
    graph(
      'Lag by projection: How far are projections behind in time? Rebuilds are left out.',
      {
        unit: 'seconds',
        width: 12,
        absent: 'no lag is known',
        threshold: above('ProjectionLagHigh', 'seconds'),
      },
      { '{{projection_name}}': lagOf(lagSeconds, projection) },
    ),
    graph(
      'Events behind by projection: How many events are to be applied? Rebuilds are left out.',
      { unit: 'count', width: 12, absent: 'no lag is known' },
      { '{{projection_name}}': lagOf(lagEvents, projection) },
    ),
    graph(
      'Age of the head reading: Is the head of the log still read? When this grows, lag is unknown and not shown above.',
      { unit: 'seconds', threshold: above('ProjectionHeadUnreadable', 'seconds') },
      {
        '{{projection_name}}': `time() - max by (projection_name) (${series(headObserved, projection)})`,
      },
    ),
    graph('Failed readings: Do reads of heads or checkpoints fail?', 'per second', {
      '{{projection_name}}': rateBy('projection_name', observationErrors, projection),
    }),
    graph(
      'Time since the last event: Which projection has not applied an event for long? That is normal without events.',
      'seconds',
      {
        '{{projection_name}}': `time() - max by (projection_name) (${series(lastProcessed, projection)})`,
      },
    ),
    graph(
      'Checkpoint behind head: How far apart are the positions of checkpoint and head? Positions may have gaps.',
      { unit: 'count', width: 12, absent: 'positions are no single numbers' },
      {
        '{{projection_name}}': `max by (projection_name) (${series(progressMetrics.headPosition, projection)}) - max by (projection_name) (${series(progressMetrics.position, projection)})`,
      },
    ),
    graph(
      'Latency of events: How long after its recording is an event applied? Rebuilds are left out.',
      {
        unit: 'seconds',
        width: 12,
        exemplars: true,
        absent: 'no event times',
        threshold: above('ProjectionLatencyHigh', 'seconds'),
      },
      { '{{projection_name}}': quantile(0.95, ['projection_name', latency, projection]) },
    ),
  ],
};

const work: BoardRow = {
  title: 'Work and failures',
  panels: [
    graph('Events applied by projection: How much do projections do?', 'per second', {
      '{{projection_name}}': rateBy('projection_name', processed, projection),
    }),
    graph(
      'Failed share by projection: Which projection fails to handle events?',
      { unit: 'ratio', threshold: above('ProjectionErrorRateHigh', 'ratio') },
      {
        '{{projection_name}}': share(
          rateBy('projection_name', failed, projection),
          `(${rateBy('projection_name', failed, projection)} + ${rateBy('projection_name', processed, projection)})`,
        ),
      },
    ),
    graph(
      'p95 duration by projection: Which projection is slow to handle an event or a batch?',
      { unit: 'seconds', exemplars: true },
      { '{{projection_name}}': quantile(0.95, ['projection_name', duration, projection]) },
    ),
    graph('Retries and dead letters: Which projection tries again or gives up?', 'per second', {
      'retries {{projection_name}}': rateBy('projection_name', retries, projection),
      'dead letters {{projection_name}}': rateBy('projection_name', deadLettered, projection),
    }),
    graph(
      'Duration quantiles: How long does the handling of an event or a batch take?',
      { unit: 'seconds', exemplars: true },
      quantiles(duration, projection),
    ),
    graph(
      'Handlings by outcome: How do handlings of events and batches end?',
      { unit: 'per second', stacked: true, colors: outcomeColors },
      { '{{outcome}}': rateBy('outcome', { name: `${duration.name}_count` }, projection) },
    ),
    graph('Skipped events: How many events are irrelevant or already applied?', 'per second', {
      '{{projection_name}}': rateBy('projection_name', skipped, projection),
    }),
    graph(
      'Events per batch: How large are batches? Small batches of a slow projection cost time.',
      { unit: 'count', absent: 'no batch handlers' },
      { '{{projection_name}}': mean('projection_name', batchSize, projection) },
    ),
    graph('Projections by instance: Which process runs the projections?', 'count', {
      '{{instance}}': sumBy('instance', series(active)),
    }),
  ],
};

const rebuilds: BoardRow = {
  title: 'Rebuilds',
  panels: [
    bars(
      'Progress of rebuilds: How far are the rebuilds in progress?',
      { unit: 'ratio', absent: 'no rebuild' },
      {
        '{{projection_name}}': `max by (projection_name) (${series(progressMetrics.rebuildProgress, projection)})`,
      },
    ),
    graph(
      'Remaining time of rebuilds: When will the rebuilds end at their average speed?',
      { unit: 'seconds', absent: 'no rebuild' },
      {
        '{{projection_name}}': `max by (projection_name) (${series(progressMetrics.rebuildRemaining, projection)})`,
      },
    ),
    graph(
      'Events by mode: How many events are applied live, and how many are replayed?',
      { unit: 'per second', stacked: true },
      { '{{mode}}': rateBy('mode', processed, projection) },
    ),
  ],
};

/** State, lag, work and rebuilds of projections. */
export const projectionsBoard: Board = {
  id: 'projections',
  title: 'Projections',
  description: 'State, lag, throughput, failures and rebuilds of projections.',
  variables: [
    {
      name: 'projection',
      title: 'Projection',
      values: { series: series(state), label: 'projection_name' },
    },
  ],
  rows: [now, lag, work, rebuilds],
};
