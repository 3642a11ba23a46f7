import type { InjectionToken } from '@nestjs/common';
import { group } from '../../options/description.js';
import { delayMs, positive, providerToken } from '../../options/standard-options.js';

/** Observation of projection progress. */
export interface ProjectionsOptions {
  /**
   * Interval of observations in milliseconds, above 0. After three intervals without a result, lag
   * is unknown. @defaultValue 5000
   */
  readonly periodMs?: number;
  /** Time limit of a source in milliseconds, above 0. @defaultValue 3000 */
  readonly timeoutMs?: number;
  /** Token of the `HeadSource` of projections without their own. @defaultValue none */
  readonly head?: InjectionToken;
  /** Token of the `CheckpointSource` of projections without their own. @defaultValue none */
  readonly checkpoint?: InjectionToken;
  /**
   * Idle time in milliseconds, above 0, after which a projection without a head source counts as up
   * to date.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number;
  /**
   * Time in milliseconds, above 0, without progress while lagging, or without a poll, after which a
   * projection is stalled. @defaultValue 60000
   */
  readonly stalledAfterMs?: number;
}

/** Description of {@link ProjectionsOptions}. */
export const projectionsOptions = group<ProjectionsOptions>(
  {
    periodMs: delayMs(),
    timeoutMs: delayMs(),
    head: providerToken(),
    checkpoint: providerToken(),
    idleAfterMs: positive('milliseconds'),
    stalledAfterMs: positive('milliseconds'),
  },
  { rule: 'an object of options', remedy: 'Pass something like { head: LogHead }.' },
);
