import type { ProjectionProgress } from '../projections/projection-progress.js';
import type { HealthProbe } from './built-in-probes.js';

/** Health of projections, judged. */
export interface ProjectionHealth {
  /** `degraded` when a projection is in one of the lists below. */
  readonly level: 'ok' | 'degraded';
  /** Names of those that are behind and do not move, or whose loop does not turn. */
  readonly stalled: readonly string[];
  /** Names of those that nobody can tell how far they are. */
  readonly unreadable: readonly string[];
  /** Names of those whose handler gave up. */
  readonly faulted: readonly string[];
  /** Names of those that are further behind than the limit; one that is rebuilt or paused may be. */
  readonly late: readonly string[];
  /** The largest lag in seconds among those that are known; 0 when none is. */
  readonly maxLagSeconds: number;
}

/**
 * Judges projections: those that this process owns.
 *
 * @param maxLagSeconds - Lag above which one is late. @defaultValue no limit
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
    late: namesOf((it) => mustKeepUp(it) && (it.lagSeconds ?? 0) > maxLagSeconds),
  };
  const isDegraded = Object.values(lists).some((it) => it.length > 0);
  const lags = owned.map((it) => it.lagSeconds ?? 0);
  return { level: isDegraded ? 'degraded' : 'ok', ...lists, maxLagSeconds: Math.max(0, ...lags) };
}

function mustKeepUp({ state }: ProjectionProgress): boolean {
  return state !== 'rebuilding' && state !== 'paused' && state !== 'stopped';
}

/**
 * Judges the projections of this process, for health checks of the application's own.
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

  /** Judges them now, from what was observed in the background. */
  judge(): ProjectionHealth {
    return projectionHealth(this.#read(), this.#maxLagSeconds);
  }
}

/** Projections: whether any is stuck, unknown, faulted or late. It never takes an application out of service. */
export function projectionsProbe(indicator: ProjectionHealthIndicator): HealthProbe {
  return {
    key: 'projections',
    read() {
      const { level, maxLagSeconds, ...lists } = indicator.judge();
      const named = Object.entries(lists).filter(([, names]) => names.length > 0);
      const details = { max_lag_seconds: maxLagSeconds, ...Object.fromEntries(named) };
      return { level, details };
    },
  };
}
