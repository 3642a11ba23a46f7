import type { AlertName } from '../../alerting/alert-definitions.js';
import type { Anomaly } from '../../performance/anomaly-watch.js';
import { numberText, rateText, secondsText, shareText } from '../quantity.format.js';
import { type CallTable, callTables } from './live-metrics.js';
import type { CallRow, LiveState, ProjectionRow, Reason, ReasonLevel } from './live-state.js';
import { callThresholds, LATE_SECONDS, LOOP_SECONDS, POOL_SHARE } from './thresholds.js';

/** Parts of the state that reasons are found in. */
export type Judged = Pick<
  LiveState,
  CallTable | 'projections' | 'pools' | 'breakers' | 'checks' | 'errors' | 'tiles'
>;

/** Fragment of the part of the page about calls of a table. */
const fragments: Readonly<Record<CallTable, string>> = {
  commands: 'command',
  queries: 'query',
  routes: 'route',
  operations: 'operation',
  jobs: 'job',
};

/** Returns why the service is not well, the worst first. */
export function reasonsOf(state: Judged): Reason[] {
  const found = [
    ...state.checks.flatMap(checkReasons),
    ...callTables.flatMap((table) => tableReasons(table, state)),
    ...state.projections.flatMap(projectionReasons),
    ...state.breakers.flatMap(({ name, state: it, opened }): Reason[] =>
      it === 'closed'
        ? []
        : [
            {
              level: it === 'open' ? 'bad' : 'warn',
              alert: 'CircuitBreakerOpen',
              about: name,
              text: `the circuit breaker is ${it}; it opened ${times(opened)} in 15 minutes`,
              link: 'resources',
            },
          ],
    ),
    ...state.pools.flatMap(({ name, used, max, pending = 0 }): Reason[] =>
      used === undefined || max === undefined || pending === 0 || used / max < POOL_SHARE
        ? []
        : [
            {
              level: 'warn',
              alert: 'PoolExhausted',
              about: name,
              text: `${counted(pending, 'caller')} waiting for ${counted(max, 'connection')}`,
              link: 'resources',
            },
          ],
    ),
    ...loopReasons(state),
  ];
  return found.toSorted((a, b) => Number(b.level === 'bad') - Number(a.level === 'bad'));
}

/** Returns the rows that fail, the worst first, and then those that are slow, the slowest first. */
function tableReasons(table: CallTable, state: Judged): Reason[] {
  const by = (order: (row: CallRow) => number | undefined, level: Reason['level']) =>
    state[table]
      .toSorted((a, b) => (order(b) ?? 0) - (order(a) ?? 0))
      .flatMap((it) => callReasons(table, it, state))
      .filter((it) => it.level === level);
  return [...by(({ failing }) => failing, 'bad'), ...by(({ p95 }) => p95, 'warn')];
}

function callReasons(table: CallTable, row: CallRow, { errors }: Judged): Reason[] {
  const limits = callThresholds[table];
  if (limits === undefined || row.calls < limits.calls) return [];
  const { failing = 0, p95 = 0 } = row;
  const about = row.name;
  const link = `${fragments[table]}=${encodeURIComponent(row.name)}`;
  const reasons: Reason[] = [];
  if (failing > limits.failing) {
    const source = { commands: 'command', queries: 'query', operations: 'event_store' }[
      table as 'commands'
    ] as string | undefined;
    const types = errors.filter((it) => it.source === source).toSorted((a, b) => b.count - a.count);
    const cause = types[0] === undefined ? '' : `, most often with ${types[0].type}`;
    const text = `${shareText(failing)} fail${cause}`;
    reasons.push({ level: 'bad', alert: limits.failingAlert, about, text, link });
  }
  if (p95 > limits.p95) {
    const text = `p95 is ${row.over === true ? 'over ' : ''}${secondsText(p95)}, the limit is ${secondsText(limits.p95)}`;
    reasons.push({ level: 'warn', alert: limits.p95Alert, about, text, link });
  }
  return reasons;
}

function projectionReasons(row: ProjectionRow): Reason[] {
  const { name, note } = row;
  const found = projectionTrouble(row);
  if (found === undefined) return [];
  const [level, alert, text] = found;
  const link = `projection=${encodeURIComponent(name)}`;
  return [{ level, alert, about: name, text, sinceMs: note?.sinceMs, link }];
}

function projectionTrouble(
  row: ProjectionRow,
): readonly [level: ReasonLevel, alert: AlertName, text: string] | undefined {
  const { state, lagSeconds = 0, lagEvents, note } = row;
  const behind = `${secondsText(lagSeconds)} behind`;
  if (state === 'faulted') return ['bad', 'ProjectionFaulted', note?.text ?? 'the handler gave up'];
  if (state === 'unknown') {
    return ['warn', 'ProjectionHeadUnreadable', `lag unknown: ${note?.text ?? 'no reading'}`];
  }
  if (state === 'rebuilding') return undefined;
  if (state === 'paused') {
    return lagSeconds > 0 ? ['warn', 'ProjectionStalled', `paused, ${behind}`] : undefined;
  }
  if (row.isStalled === true) return ['bad', 'ProjectionStalled', `${behind} and does not move`];
  if (lagSeconds < LATE_SECONDS) return undefined;
  const events = lagEvents === undefined ? '' : `, ${numberText(lagEvents)} events`;
  const more = note === undefined ? '' : `; ${note.text}`;
  return ['bad', 'ProjectionLagHigh', `${behind}${events}${more}`];
}

function checkReasons(row: Judged['checks'][number]): Reason[] {
  // What these check is told with more detail by its own reasons.
  if (row.level === 'ok' || ['projections', 'performance'].includes(row.name)) return [];
  const isDown = row.level === 'down';
  return [
    {
      level: isDown && row.critical ? 'bad' : 'warn',
      alert: isDown ? 'HealthCheckDown' : 'HealthCheckDegraded',
      about: row.name,
      text: row.text === '' ? `the check is ${row.level}` : `${row.level}: ${row.text}`,
      sinceMs: row.sinceMs,
      link: 'health',
    },
  ];
}

function loopReasons({ tiles }: Judged): Reason[] {
  const delay = tiles.find(({ name }) => name === 'loop')?.value ?? 0;
  if (delay < LOOP_SECONDS) return [];
  const text = `blocked for up to ${secondsText(delay)} (p99)`;
  return [{ level: 'warn', alert: 'EventLoopDelayHigh', about: 'event loop', text }];
}

/** Alerts on what users notice. */
const SYMPTOMS = /^(?:Command|Query|Http|ProjectionLag|ProjectionStalled|ProjectionHead)/;
/** Alerts on what brings symptoms about, the deepest first. */
const CAUSES: readonly (readonly [alert: AlertName, of: string])[] = [
  ['HealthCheckDown', 'health check'],
  ['CircuitBreakerOpen', 'circuit breaker'],
  ['EventStoreErrorRateHigh', 'event store'],
  ['EventStoreLatencyHigh', 'event store'],
  ['PoolExhausted', 'pool'],
  ['EventLoopDelayHigh', ''],
];

/** Returns what most likely brings the symptoms about; `undefined` without any, or when it is told first anyway. */
export function causeOf(reasons: readonly Reason[]): string | undefined {
  if (!reasons.some(({ alert = '' }) => SYMPTOMS.test(alert))) return undefined;
  for (const [alert, of] of CAUSES) {
    const found = reasons.find((it) => it.alert === alert);
    if (found === undefined) continue;
    if (found === reasons[0]) return undefined;
    return `${of} ${found.about}: ${found.text.split(',', 1)[0]!}`.trim();
  }
  return undefined;
}

/** Returns what `performance()` finds unusual, which is no trouble by itself. */
export function unusualReasons(anomalies: readonly Anomaly[]): Reason[] {
  return anomalies.map(({ signal, sinceMs, value, expected }) => {
    const [about, text] = SIGNALS[signal];
    return {
      level: 'note',
      about,
      text: `${text(value)}, usually ${text(expected)}`,
      sinceMs: Math.round(sinceMs),
    };
  });
}

const SIGNALS: Readonly<
  Record<Anomaly['signal'], readonly [about: string, text: (value: number) => string]>
> = {
  latency: ['p95 latency of commands', secondsText],
  error_ratio: ['failing commands', shareText],
  rate: ['commands', rateText],
};

function counted(count: number, name: string): string {
  return `${numberText(count)} ${name}${count === 1 ? '' : 's'}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${numberText(count)} times`;
}
