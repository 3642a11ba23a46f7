import { hasContextManager } from '../../kernel/following/active-context.js';
import type { ProgressReaders } from '../../kernel/observer.js';
import type { LogHub } from '../log-hub.js';
import { LEVEL_RANKS, type LogLevel } from '../log-level.js';
import type { WorkLines } from './line-levels.js';

/** Options of the lines about the work of the application. */
interface LogObserverOptions {
  readonly lines: WorkLines;
  /** Duration from which a success is a warning. @defaultValue off */
  readonly slowMs: number | undefined;
  /** Share of traces whose successes are written. */
  readonly sample: number;
  /** Writes the ids of streams. */
  readonly stream: boolean;
  /** Gives lines within a call its fields. */
  readonly context: boolean | 'auto';
}

/** Dependencies of a {@link LogObserver}. */
export interface LogObserverDeps {
  readonly hub: LogHub;
  readonly progressOf: ProgressReaders;
  readonly options: LogObserverOptions;
}

/** Target of lines about operations on event stores. */
export const STORE_TARGET = 'eventcore::event_store';

const FIRST_CHEAP_CONTEXT = 24;
const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

/** Returns true when handlers of this process give their lines a context. */
export function hasContext(context: boolean | 'auto'): boolean {
  if (context !== 'auto') return context;
  return NODE_MAJOR >= FIRST_CHEAP_CONTEXT || hasContextManager();
}

/** Returns true when a line is wanted and its target writes the level. */
export function isWritten(hub: LogHub, target: string, level: LogLevel | false): level is LogLevel {
  return level !== false && LEVEL_RANKS[level] >= hub.levels.rankOf(target);
}
