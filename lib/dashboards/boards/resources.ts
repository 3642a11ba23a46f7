import { databaseMetrics } from '../../metrics/catalogue/plugins/databases.js';
import { performanceFindings as capacity } from '../../metrics/catalogue/plugins/performance.js';
import { circuitBreakerMetrics, poolMetrics } from '../../metrics/catalogue/resources.js';
import { above } from '../alert-thresholds.js';
import type { Board } from '../board.js';
import { bars, graph, stat, timeline } from '../panels.js';
import { breakerStates, countBy, quantile, rateBy, series, share, sumBy } from '../queries.js';
import { usageRow } from './usage.js';

const pool = 'pool=~"$pool"';
const breaker = 'breaker=~"$breaker"';
const { size, available, maxSize, pending } = poolMetrics;
const { state, transitions, rejections } = circuitBreakerMetrics;

const poolOf = (metric: { readonly name: string }) => sumBy('pool', series(metric, pool));
const used = `${poolOf(size)} - ${poolOf(available)}`;
const usedShare = `(${used}) / (${poolOf(maxSize)} > 0)`;
const maxOf = (metric: { readonly name: string }) =>
  `max by (instance, resource) (${series(metric)})`;
const minOf = (metric: { readonly name: string }) =>
  `min by (instance, resource) (${series(metric)})`;
const isOpen = `max by (breaker) (${series(state, breaker)})`;

/** Connection pools and circuit breakers. */
export const resourcesBoard: Board = {
  id: 'resources',
  title: 'Resources',
  description:
    'Connection pools, database queries, circuit breakers, the room that is left, and who uses it.',
  variables: [
    { name: 'pool', title: 'Pool', values: { series: series(size), label: 'pool' } },
    { name: 'breaker', title: 'Breaker', values: { series: series(state), label: 'breaker' } },
  ],
  rows: [
    {
      title: 'Resources now',
      panels: [
        stat(
          'Fullest pool: What share of the largest allowed number of connections is in use?',
          {
            unit: 'ratio',
            width: 6,
            absent: 'no pool with a limit',
            threshold: above('PoolExhausted', 'ratio'),
          },
          { used: `max(${usedShare})` },
        ),
        stat(
          'Waiting: How many requests wait for a connection?',
          { unit: 'count', width: 6, absent: 'no pool' },
          { waiting: sumBy('', series(pending, pool)) },
        ),
        stat(
          'Open breakers: How many circuit breakers are open?',
          { unit: 'count', width: 6, threshold: { at: 1, bad: 'above' }, absent: 'no breaker' },
          { open: `count(${isOpen} == 1) or 0 * count(${isOpen})` },
        ),
        stat(
          'Rejected calls: How many calls per second do open breakers refuse?',
          { unit: 'per second', width: 6, absent: 'no breaker' },
          { rejected: rateBy('', rejections, breaker) },
        ),
      ],
    },
    {
      title: 'Room that is left',
      panels: [
        graph(
          'Use of limited resources: How much of heap, memory, event loop and pools is used?',
          { unit: 'ratio', width: 12, absent: 'no performance monitor' },
          { '{{instance}} {{resource}}': maxOf(capacity.utilization) },
        ),
        graph(
          'Time until used up: When is a resource exhausted, if its rise of the last hour goes on?',
          { unit: 'seconds', width: 12, absent: 'nothing rises steadily' },
          { '{{instance}} {{resource}}': minOf(capacity.saturation) },
        ),
      ],
    },
    usageRow,
    {
      title: 'Connection pools',
      panels: [
        graph(
          'Used share by pool: Which pool is nearly exhausted?',
          {
            unit: 'ratio',
            width: 12,
            absent: 'no pool with a limit',
            threshold: above('PoolExhausted', 'ratio'),
          },
          { '{{pool}}': usedShare },
        ),
        graph(
          'Waiting requests by pool: Which pool keeps requests waiting?',
          { unit: 'count', width: 12, absent: 'no pool' },
          { '{{pool}}': poolOf(pending) },
        ),
        graph(
          'Connections in use: How many connections does the application hold?',
          { unit: 'count', absent: 'no pool' },
          { '{{pool}}': used },
        ),
        graph(
          'Idle connections: How many open connections are free?',
          { unit: 'count', absent: 'no pool' },
          { '{{pool}}': poolOf(available) },
        ),
        graph(
          'Open connections and limits: How far is a pool from its limit?',
          { unit: 'count', absent: 'no pool' },
          { 'open {{pool}}': poolOf(size), 'limit {{pool}}': poolOf(maxSize) },
        ),
      ],
    },
    {
      title: 'Database queries',
      panels: [
        graph(
          'Queries by operation: What does the application ask of its databases?',
          { unit: 'per second', absent: 'no plugin databases()' },
          {
            '{{database}} {{operation}}': rateBy('database, operation', databaseMetrics.queries),
          },
        ),
        graph(
          'Failed queries by database: What share of the queries fails?',
          { unit: 'ratio', absent: 'no plugin databases()' },
          {
            '{{database}}': share(
              rateBy('database', databaseMetrics.errors),
              rateBy('database', databaseMetrics.queries),
            ),
          },
        ),
        graph(
          'Errors of queries: With which errors do queries fail?',
          { unit: 'per second', absent: 'no query has failed' },
          {
            '{{database}} {{error_type}}': rateBy('database, error_type', databaseMetrics.errors),
          },
        ),
        graph(
          'Duration by operation: How long do 95 % of the queries take at most?',
          { unit: 'seconds', width: 24, absent: 'no plugin databases()' },
          {
            '{{database}} {{operation}}': quantile(0.95, [
              'database, operation',
              databaseMetrics.duration,
            ]),
          },
        ),
      ],
    },
    {
      title: 'Circuit breakers',
      panels: [
        timeline(
          'State by breaker: Which dependency is cut off, and since when?',
          { unit: 'state', width: 24, states: breakerStates, absent: 'no breaker' },
          { '{{breaker}}': isOpen },
        ),
        graph(
          'Changes of state: Which breaker flaps?',
          { unit: 'per second', absent: 'no breaker' },
          { '{{breaker}} {{state}}': rateBy('breaker, state', transitions, breaker) },
        ),
        graph(
          'Rejected calls by breaker: How many calls does each breaker refuse?',
          { unit: 'per second', absent: 'no breaker' },
          { '{{breaker}}': rateBy('breaker', rejections, breaker) },
        ),
        bars(
          'Times opened: How often did each breaker open in this time range?',
          { unit: 'count', absent: 'no breaker' },
          { '{{breaker}}': countBy('breaker', transitions, `${breaker}, state="open"`) },
        ),
      ],
    },
  ],
};
