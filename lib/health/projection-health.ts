import type { ProjectionProgress, ReadFailure } from '../projections/projection-progress.js';
import type { HealthProbe } from './built-in-probes.js';

/** Health of projections. */
export interface ProjectionHealth {
  /** `degraded` when one of the lists below is not empty. */
  readonly level: 'ok' | 'degraded';
  /** Names of projections that lag without progress, or whose loop has stopped polling. */
  readonly stalled: readonly string[];
  /** Names of projections whose progress is unknown. */
  readonly unreadable: readonly string[];
  /** Failures of the sources of those projections, by name; absent without any. */
  readonly readFailures?: Readonly<Record<string, ReadFailure>> | undefined;
  /** Names of projections whose handler gave up. */
  readonly faulted: readonly string[];
  /** Names of projections whose checkpoint lies beyond the end of the log; they are faulted too. */
  readonly beyondEnd: readonly string[];
  /** Names of projections whose lag exceeds the limit, except rebuilding or paused ones. */
  readonly late: readonly string[];
  /** Maximum known lag in seconds; 0 when none is known. */
  readonly maxLagSeconds: number;
  /** Time of the last fault that began or ended: Unix time in milliseconds; `undefined` without one. */
  readonly faultChangedMs?: number | undefined;
}

/**
 * Returns the health of the projections that this process owns.
 *
 * @param maxLagSeconds - Lag in seconds above which a projection is late. @defaultValue no limit
 */
export function projectionHealth(
  projections: readonly ProjectionProgress[],
  maxLagSeconds = Infinity,
): ProjectionHealth {
  const owned = projections.filter((it) => it.owned);
  const namesOf = (is: (it: ProjectionProgress) => boolean) =>
    owned.filter(is).map(({ name }) => name);
  const lists = {
    stalled: namesOf((it) => it.stalled),
    unreadable: namesOf((it) => it.unreadable),
    faulted: namesOf((it) => it.state === 'faulted'),
    beyondEnd: namesOf((it) => it.beyondEnd === true),
    late: namesOf((it) => mustKeepUp(it) && (it.lagSeconds ?? 0) > maxLagSeconds),
  };
  const isDegraded = Object.values(lists).some((it) => it.length > 0);
  const lags = owned.map((it) => it.lagSeconds ?? 0);
  const level = isDegraded ? 'degraded' : 'ok';
  const faults = owned.filter((it) => !isDegraded || it.state === 'faulted');
  const changes = faults.map((it) => it.faultChangedMs).filter((it) => it !== undefined);
  const faultChangedMs = changes.length === 0 ? undefined : Math.max(...changes);
  const failing = owned.flatMap((it) =>
    it.unreadable && it.readFailure ? [[it.name, it.readFailure] as const] : [],
  );
  const readFailures = failing.length === 0 ? undefined : Object.fromEntries(failing);
  return { level, ...lists, readFailures, maxLagSeconds: Math.max(0, ...lags), faultChangedMs };
}

function mustKeepUp({ state }: ProjectionProgress): boolean {
  return state !== 'rebuilding' && state !== 'paused' && state !== 'stopped';
}

/**
 * Reports the health of this process's projections, for custom health checks.
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { ProjectionHealthIndicator } from '@eventcore/nestjs-observability';
 *
 * @Controller()
 * export class Readiness {
 *   readonly #projections: ProjectionHealthIndicator;
 *
 *   constructor(projections: ProjectionHealthIndicator) {
 *     this.#projections = projections;
 *   }
 *
 *   @Get('projections')
 *   judge() {
 *     return this.#projections.judge();
 *   }
 * }
 * ```
 */
export class ProjectionHealthIndicator {
  readonly #read: () => readonly ProjectionProgress[];
  readonly #maxLagSeconds: number | undefined;

  /** @internal */
  constructor(read: () => readonly ProjectionProgress[], maxLagSeconds?: number) {
    this.#read = read;
    this.#maxLagSeconds = maxLagSeconds;
  }

  /** Returns the current health, based on background observations. */
  judge(): ProjectionHealth {
    return projectionHealth(this.#read(), this.#maxLagSeconds);
  }
}

/**
 * Returns the projection probe: degraded if any projection is stalled, unreadable, faulted or late.
 * It never makes an application not ready.
 */
export function projectionsProbe(indicator: ProjectionHealthIndicator): HealthProbe {
  return {
    key: 'projections',
    read() {
      const {
        level,
        maxLagSeconds,
        faultChangedMs: sinceMs,
        beyondEnd,
        readFailures = {},
        ...lists
      } = indicator.judge();
      const named = Object.entries({ ...lists, checkpoint_beyond_end: beyondEnd }).filter(
        ([, names]) => names.length > 0,
      );
      const details = {
        max_lag_seconds: maxLagSeconds,
        ...Object.fromEntries(named),
        ...failureDetails(Object.values(readFailures)),
      };
      return { level, details, sinceMs };
    },
  };
}

/** Returns the errors of sources and the time of the first one; nothing while all answer. */
function failureDetails(failures: readonly ReadFailure[]): Readonly<Record<string, unknown>> {
  if (failures.length === 0) return {};
  const errors = new Set(failures.map(({ source, error }) => `${source}: ${error}`));
  const sinceMs = Math.min(...failures.map((it) => it.sinceMs));
  return { read_errors: [...errors], unreadable_since: new Date(sinceMs).toISOString() };
}
