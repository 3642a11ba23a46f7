import type { EventFilter } from '../kernel/observer.js';
import type { CheckpointSource } from './checkpoint-source.js';
import { requireSync } from '../kernel/hooks.js';
import type { HeadSource } from './head-source.js';

/** Settings for the observation of one projection. */
export interface ProjectionSettings {
  /** Reads the end of the log. Without it, progress is derived from the handlers alone. */
  readonly head?: HeadSource | undefined;
  /**
   * Reads the committed checkpoint. Without it, the application reports the checkpoint, or the head source reads it.
   */
  readonly checkpoint?: CheckpointSource | undefined;
  /**
   * Partitions into which the application divides the projection. @defaultValue the partitions that a source reports
   */
  readonly partitions?: readonly string[] | undefined;
  /** Events that the projection handles. @defaultValue all events */
  readonly filter?: EventFilter | undefined;
  /**
   * Milliseconds without an event after which a projection without a head source counts as caught up, above 0.
   *
   * @defaultValue 60000
   */
  readonly idleAfterMs?: number | undefined;
  /**
   * Milliseconds behind at one checkpoint, or without a poll, after which a projection counts as stalled, above 0.
   *
   * @defaultValue 60000
   */
  readonly stalledAfterMs?: number | undefined;
  /** Returns true while this process owns the projection, when several processes could. @defaultValue always true */
  readonly owner?: (() => boolean) | undefined;
}

/** Default of `idleAfterMs` and `stalledAfterMs`. */
export const DEFAULT_LIMIT_MS = 60_000;

const METHODS = { head: 'observe', checkpoint: 'read' } as const;

/**
 * Returns a copy of settings that a runner passes at run time.
 *
 * @throws TypeError for settings that the observation cannot use.
 */
export function checkedSettings(settings: ProjectionSettings): ProjectionSettings {
  requireSync(settings);
  const copy: ProjectionSettings = { ...settings };
  for (const [name, method] of Object.entries(METHODS)) {
    const source = copy[name as keyof typeof METHODS] as Record<string, unknown> | undefined;
    if (source !== undefined && typeof source[method] !== 'function')
      throw new TypeError(`${name} is a source with a method ${method}()`);
  }
  const { partitions, filter, owner, idleAfterMs, stalledAfterMs } = copy;
  if (partitions !== undefined && !isTextList(partitions))
    throw new TypeError('partitions is a list of names');
  if (owner !== undefined && typeof owner !== 'function')
    throw new TypeError('owner is a function');
  for (const limit of [idleAfterMs, stalledAfterMs])
    if (limit !== undefined && !(Number.isFinite(limit) && limit > 0))
      throw new TypeError('idleAfterMs and stalledAfterMs are milliseconds above 0');
  const { eventTypes, categories } = filter ?? {};
  for (const list of [eventTypes, categories])
    if (list !== undefined && !isTextList(list))
      throw new TypeError('a filter has lists of eventTypes and categories');
  return copy;
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((it) => typeof it === 'string');
}
