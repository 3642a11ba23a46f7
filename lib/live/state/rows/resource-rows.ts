import type { Gauges } from '../gauges.js';
import type { LiveMetrics } from '../live-metrics.js';
import type { LiveSources } from '../live-sources.js';
import type { BreakerRow, CheckRow, Head, PoolRow } from '../live-state.js';
import { describeScore } from '../../../performance/health-score.js';
import { rounded } from '../../quantity.format.js';

/** Returns the pools by name. */
export function poolRows(gauges: Gauges, { pools }: LiveMetrics): PoolRow[] {
  const [size, available, max, pending] = [
    pools.size,
    pools.available,
    pools.maxSize,
    pools.pending,
  ].map((it) => gauges.by(it, 'pool')) as [Sums, Sums, Sums, Sums];
  return [...new Set([...size.keys(), ...max.keys()])].toSorted().map((name) => {
    const all = size.get(name);
    const free = available.get(name) ?? 0;
    return {
      name,
      used: all === undefined ? undefined : Math.max(0, all - free),
      max: max.get(name),
      pending: pending.get(name),
    };
  });
}

type Sums = ReadonlyMap<string, number>;

const HALF_OPEN = 0.5;

/** Returns the circuit breakers by name; of several processes the one that is open. */
export function breakerRows(
  gauges: Gauges,
  { breakers }: LiveMetrics,
  opened: ReadonlyMap<string, number>,
): BreakerRow[] {
  const states = new Map<string, number>();
  for (const { labels, value } of gauges.all(breakers.state)) {
    const name = labels['breaker'] ?? '';
    states.set(name, Math.max(value, states.get(name) ?? 0));
  }
  return [...states].toSorted(byName).map(([name, value]) => ({
    name,
    state: value >= 1 ? 'open' : value >= HALF_OPEN ? 'half open' : 'closed',
    opened: Math.round(opened.get(name) ?? 0),
  }));
}

/** Returns the health checks that the metrics show, where no process can be asked. */
export function checkRowsOf(gauges: Gauges, { checks }: LiveMetrics): CheckRow[] {
  return [...gauges.by(checks, 'check')].toSorted(byName).map(([name, value]) => ({
    name,
    level: value >= 1 ? 'ok' : value > 0 ? 'degraded' : 'down',
    critical: true,
    text: '',
  }));
}

/** Returns the header of the page. */
export function headOf(
  { service, performance, report }: LiveSources,
  { gauges, names, checks }: { gauges: Gauges; names: LiveMetrics; checks: readonly CheckRow[] },
): Head {
  const members = gauges.one(names.members, { state: 'live' });
  const health = performance?.health();
  const uptime = gauges.all(names.uptime).map(({ value }) => value);
  return {
    service: service.name,
    version: service.version ?? report?.version,
    environment: service.environment,
    uptimeSeconds: uptime.length === 0 ? undefined : Math.floor(Math.max(...uptime)),
    processes: members ?? 1,
    health: worstLevel(checks),
    ...(health && { score: rounded(health.score), scoreText: describeScore(health) }),
  };
}

function worstLevel(checks: readonly CheckRow[]): Head['health'] {
  if (checks.length === 0) return undefined;
  if (checks.some(({ level, critical }) => level === 'down' && critical)) return 'down';
  return checks.every(({ level }) => level === 'ok') ? 'ok' : 'degraded';
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
