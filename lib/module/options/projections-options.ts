import type { InjectionToken } from '@nestjs/common';
import { group } from '../../options/description.js';
import { delayMs, positive, providerToken } from '../../options/standard-options.js';

/** How far projections are, and who tells. */
export interface ProjectionsOptions {
  /** Milliseconds between two observations, above 0; after three without an answer lag is unknown. @defaultValue 5000 */
  readonly periodMs?: number;
  /** Milliseconds that a source has for an answer, above 0. @defaultValue 3000 */
  readonly timeoutMs?: number;
  /** Token of the `HeadSource` of projections that name none. @defaultValue none */
  readonly head?: InjectionToken;
  /** Token of the `CheckpointSource` of projections that name none. @defaultValue none */
  readonly checkpoint?: InjectionToken;
  /**
   * Milliseconds without an event after which a projection without a head source counts as having applied all, above 0.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number;
  /** Milliseconds behind at one checkpoint, or without a poll, after which a projection is stalled, above 0. @defaultValue 60000 */
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
