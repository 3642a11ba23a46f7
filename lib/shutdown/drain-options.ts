import { group } from '../options/description.js';
import { OFF, oneOf, waitMs } from '../options/standard-options.js';

/** What becomes of work that arrives while the application drains. */
export type NewWork = 'finish' | 'refuse';

/** How an application ends: not ready first, then what is under way, then what is queued for exporters, then Nest. */
export interface DrainOptions {
  /**
   * Milliseconds between being not ready and the rest, 0 or more: what the balancer takes to notice. Requests are
   * answered meanwhile. @defaultValue 0
   */
  readonly readinessDelayMs?: number;
  /** Milliseconds that work under way may take to finish, 0 or more. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Milliseconds that spans queued for exporters may take to leave, 0 or more. @defaultValue 2000 */
  readonly flushTimeoutMs?: number;
  /**
   * Requests that arrive after `readinessDelayMs`: `finish` answers them as long as others are under way, for half of
   * `timeoutMs` at most; `refuse` gives them 503 at once. @defaultValue 'finish'
   */
  readonly newWork?: NewWork;
}

/** Description of {@link DrainOptions}. */
export const drainOptions = group<DrainOptions>(
  {
    readinessDelayMs: waitMs(),
    timeoutMs: waitMs(),
    flushTimeoutMs: waitMs(),
    newWork: oneOf(['finish', 'refuse']),
  },
  {
    rule: 'an object of options, or false',
    remedy: 'Pass something like { readinessDelayMs: 5000 }, or false to wait for nothing.',
    or: OFF,
  },
);
