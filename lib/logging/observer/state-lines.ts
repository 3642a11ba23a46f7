import type { StateChange, StateListener, StateSubject } from '../../kernel/state-changes.js';
import type { LogHub } from '../log-hub.js';
import type { LogLevel } from '../log-level.js';
import { isWritten } from './line-writing.js';

/** Target of the lines about a subject, and the field with its name. */
const SUBJECTS: Readonly<Record<StateSubject, readonly [target: string, name: string]>> = {
  projection: ['eventcore::projection', 'projection_name'],
  rebuild: ['eventcore::projection', 'projection_name'],
  progress: ['eventcore::projection', 'projection_name'],
  circuit_breaker: ['eventcore::circuit_breaker', 'breaker'],
  connection_pool: ['eventcore::connection_pool', 'pool'],
  shutdown: ['eventcore::shutdown', 'name'],
};

const MESSAGES: Readonly<Record<StateSubject, Readonly<Record<string, string>>>> = {
  projection: { faulted: 'Projection faulted' },
  rebuild: { running: 'Projection rebuild started', ended: 'Projection rebuild ended' },
  progress: { stalled: 'Projection stalled', moving: 'Projection moves again' },
  circuit_breaker: {
    open: 'Circuit breaker opened',
    half_open: 'Circuit breaker half-open',
    closed: 'Circuit breaker closed',
  },
  connection_pool: {
    exhausted: 'Connection pool exhausted',
    available: 'Connection pool available again',
  },
  shutdown: {
    leaving: 'Shutdown started',
    draining: 'Waiting for work in flight',
    drained: 'Work in flight ended',
  },
};

/** States that need attention. */
const WARNINGS: ReadonlySet<string> = new Set(['faulted', 'stalled', 'open', 'exhausted']);

/** Returns a listener that writes one line for each change of state. */
export function stateLines(hub: LogHub): StateListener {
  return ({ subject, name, from, to, facts }: StateChange) => {
    const [target, nameField] = SUBJECTS[subject];
    const level: LogLevel = WARNINGS.has(to) ? 'warn' : 'info';
    if (!isWritten(hub, target, level)) return;
    const message = MESSAGES[subject][to] ?? 'Projection state changed';
    hub.write({ level, target, message, fields: { [nameField]: name, from, to, ...facts } });
  };
}
