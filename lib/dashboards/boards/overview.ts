import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { errorMetrics } from '../../metrics/catalogue/errors.js';
import { eventStoreMetrics } from '../../metrics/catalogue/event-store.js';
import { healthMetrics } from '../../metrics/catalogue/health.js';
import { httpMetrics } from '../../metrics/catalogue/http.js';
import { performanceFindings } from '../../metrics/catalogue/plugins/performance.js';
import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../../metrics/catalogue/projections.js';
import { queryMetrics } from '../../metrics/catalogue/queries.js';
import { circuitBreakerMetrics } from '../../metrics/catalogue/resources.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import { above } from '../alert-thresholds.js';
import type { Board, BoardRow } from '../board.js';
import { graph, stat, table, timeline } from '../panels.js';
import {
  countBy,
  firingAlerts,
  healthStates,
  quantile,
  rateBy,
  series,
  sumBy,
} from '../queries.js';
import { lagOf, projectionStates, stateOfProjections } from './projections.js';

const everyProjection = 'projection_name=~".+"';
const breakers = series(circuitBreakerMetrics.state);

const now: BoardRow = {
  title: 'Now',
  panels: [
    stat(
      'Firing alerts: How many alerts fire?',
      { unit: 'count', threshold: { at: 1, bad: 'above' } },
      { alerts: `count(${firingAlerts}) or vector(0)` },
    ),
    stat(
      'Health: What is the worst result of the health checks?',
      { unit: 'state', states: healthStates, absent: 'not checked' },
      { health: `min(${series(healthMetrics.status)})` },
    ),
    stat(
      'Failed calls: Of the calls of the last minute, what share failed in the worst source?',
      'ratio',
      { failed: `max(${series(errorMetrics.rate)})` },
    ),
    stat(
      'Longest lag: How old is the oldest event that has not been applied? Rebuilds are left out.',
      {
        unit: 'seconds',
        absent: 'no lag is known',
        threshold: above('ProjectionLagHigh', 'seconds'),
      },
      { lag: `max(${lagOf(progressMetrics.lagSeconds, everyProjection)})` },
    ),
    stat(
      'Open breakers: How many circuit breakers are open?',
      { unit: 'count', threshold: { at: 1, bad: 'above' }, absent: 'no breaker' },
      { open: `count(${breakers} == 1) or 0 * count(${breakers})` },
    ),
    stat('Shortest uptime: When did the last process start?', 'seconds', {
      uptime: `min(${series(systemMetrics.uptime)})`,
    }),
  ],
};

const signals: BoardRow = {
  title: 'Traffic, errors, latency, saturation',
  panels: [
    graph(
      'Traffic: How much work is done?',
      { unit: 'per second', width: 12 },
      {
        requests: rateBy('', httpMetrics.requests),
        commands: rateBy('', commandMetrics.finished),
        queries: rateBy('', queryMetrics.finished),
        'projected events': rateBy('', projectionMetrics.processed),
      },
    ),
    graph(
      'Errors by source: Where do calls fail?',
      { unit: 'per second', width: 12 },
      { '{{source}}': rateBy('source', errorMetrics.errors) },
    ),
    graph(
      'Latency (p95): What is slow?',
      { unit: 'seconds', width: 12, exemplars: true },
      {
        requests: quantile(0.95, ['', httpMetrics.duration]),
        commands: quantile(0.95, ['', commandMetrics.duration]),
        queries: quantile(0.95, ['', queryMetrics.duration]),
        'event store': quantile(0.95, ['', eventStoreMetrics.latency]),
      },
    ),
    graph(
      'Saturation of event loops: Which process has no time left?',
      { unit: 'ratio', width: 12, threshold: above('EventLoopSaturated', 'ratio') },
      { '{{instance}}': `max by (instance) (${series(systemMetrics.eventLoopUtilization)})` },
    ),
  ],
};

const alerts: BoardRow = {
  title: 'Alerts and health',
  panels: [
    table(
      'Alerts that fire: Which alerts fire?',
      { unit: 'count', width: 12, absent: 'no alert fires' },
      { alerts: `count by (alertname, severity, job) (${firingAlerts})` },
    ),
    timeline(
      'Health checks: Which check fails, and since when?',
      { unit: 'state', width: 12, states: healthStates, absent: 'not checked' },
      { '{{check}}': `min by (check) (${series(healthMetrics.status)})` },
    ),
    graph(
      'Health score: How far is the worst signal from the threshold of its alert, which is at 0.5?',
      { unit: 'ratio', width: 24, absent: 'no performance monitor' },
      { '{{instance}}': `min by (instance) (${series(performanceFindings.healthScore)})` },
    ),
  ],
};

const errors: BoardRow = {
  title: 'Errors',
  panels: [
    graph('Failed share by source: Of the calls of the last minute, what share failed?', 'ratio', {
      '{{source}}': `max by (source) (${series(errorMetrics.rate)})`,
    }),
    graph(
      'Errors by category: Are the errors transient, permanent or critical?',
      { unit: 'per second', stacked: true, colors: { red: ['critical'], yellow: ['transient'] } },
      { '{{category}}': rateBy('category', errorMetrics.errors) },
    ),
    table(
      'Most frequent errors: Which errors happened in this time range?',
      { unit: 'count', absent: 'no errors' },
      { errors: `topk(10, ${countBy('source, error_type, category', errorMetrics.errors)})` },
    ),
  ],
};

const rest: BoardRow = {
  title: 'Projections and processes',
  panels: [
    timeline(
      'State of projections: Which projections do not work?',
      { unit: 'state', width: 12, states: projectionStates },
      { '{{projection_name}}': stateOfProjections(everyProjection) },
    ),
    graph(
      'Lag of projections: How far are projections behind in time? Rebuilds are left out.',
      {
        unit: 'seconds',
        width: 12,
        absent: 'no lag is known',
        threshold: above('ProjectionLagHigh', 'seconds'),
      },
      { '{{projection_name}}': lagOf(progressMetrics.lagSeconds, everyProjection) },
    ),
    graph(
      'Memory by process: Does the resident memory of a process grow without end?',
      { unit: 'bytes', threshold: above('MemoryHigh', 'bytes') },
      {
        '{{instance}}': sumBy('instance', series(systemMetrics.memory, 'component="rss"')),
      },
    ),
    graph('CPU by process: How many cores does each process use? 100 % is one core.', 'ratio', {
      '{{instance}}': sumBy('instance', series(systemMetrics.cpu)),
    }),
    graph(
      'Duration of health checks: Which health check (p95) is slow?',
      { unit: 'seconds', absent: 'not checked' },
      { '{{check}}': quantile(0.95, ['check', healthMetrics.duration]) },
    ),
  ],
};

/** The first look: what is wrong, and which board says more. */
export const overviewBoard: Board = {
  id: 'overview',
  title: 'Overview',
  description: 'Alerts, health, traffic, errors, latency and saturation of a service.',
  rows: [now, alerts, signals, errors, rest],
};
