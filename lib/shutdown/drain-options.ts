import { group } from '../options/description.js';
import { OFF, oneOf, waitMs } from '../options/standard-options.js';

/** Treatment of requests that arrive while the application drains. */
export type NewWork = 'finish' | 'refuse';

/**
 * Shutdown options. Readiness ends first, then in-flight work finishes, queued exports are flushed,
 * and Nest shuts down.
 */
export interface DrainOptions {
  /**
   * Delay in milliseconds between the end of readiness and the drain, 0 or more. It gives the load
   * balancer time to react; requests are still answered. @defaultValue 0
   */
  readonly readinessDelayMs?: number;
  /**
   * Time limit for in-flight work in milliseconds, 0 or more. Connections that are still open after
   * it are closed. @defaultValue 10000
   */
  readonly timeoutMs?: number;
  /** Time limit for queued span exports in milliseconds, 0 or more. @defaultValue 2000 */
  readonly flushTimeoutMs?: number;
  /**
   * Treatment of requests and messages that arrive after `readinessDelayMs`. `finish` answers them while
   * others are in flight, for at most half of `timeoutMs`; `refuse` responds 503, or with an
   * `RpcException`, immediately.
   * @defaultValue 'finish'; 'refuse' with Nest's `return503OnClosing`
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
