import { statfs } from 'node:fs/promises';
import type { CircuitBreakerState } from '../resources/circuit-breakers/circuit-breaker-source.js';
import type { PoolReading } from '../resources/pools/pool-source.js';
import { resultOfError } from './check-answer.js';
import type { HealthLevel } from './health-check.js';
import {
  type CommandErrors,
  commandErrorsProbe,
  eventLoopProbe,
  type HealthReading,
  memoryProbe,
} from './built-in-probes.js';
import { type ProjectionHealthIndicator, projectionsProbe } from './projection-health.js';

/** Indicator result in the form of Terminus. */
export type IndicatorResult<Key extends string = string> = Record<
  Key,
  { status: 'up' | 'degraded' | 'down' } & Record<string, unknown>
>;

/** Selection of pools or circuit breakers. */
export interface NamedResources {
  /** Names as in the metrics. @defaultValue all observed ones */
  readonly names?: readonly string[];
}

/** Dependencies of {@link HealthIndicators}. */
export interface IndicatorSources {
  delaySeconds(): number;
  readonly commands: CommandErrors | undefined;
  readonly projections: ProjectionHealthIndicator;
  pools(): ReadonlyMap<string, PoolReading>;
  breakers(): ReadonlyMap<string, CircuitBreakerState>;
  /** Returns the lost share of the spans of the last minute, 0 to 1. */
  lostSpans(): number;
  /** Returns the metric exporters whose last export failed. */
  failingExporters(): readonly string[];
  /** Returns false if the application's Terminus only knows up and down, as version 11 does. */
  knowsDegraded(): boolean;
}

/**
 * Ready-made indicators for `health.checks` and for the `HealthCheckService` of Terminus.
 *
 * @example
 * ```ts
 * import { HealthIndicators, ObservabilityModule } from '@eventcore/nestjs-observability';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   health: {
 *     checks: [
 *       {
 *         name: 'disk',
 *         refreshMs: 30_000,
 *         inject: [HealthIndicators],
 *         check: (indicators: HealthIndicators) => indicators.disk('disk', { path: '/data' }),
 *       },
 *     ],
 *   },
 * });
 * ```
 */
export class HealthIndicators {
  readonly #sources: IndicatorSources;

  /** @internal */
  constructor(sources: IndicatorSources) {
    this.#sources = sources;
  }

  /** Checks the heap: degraded above `maxHeapRatio` of its limit, 0 to 1, default 0.9. */
  memory<Key extends string>(key: Key, { maxHeapRatio = 0.9 } = {}): IndicatorResult<Key> {
    return this.#read(key, () => memoryProbe(maxHeapRatio).read());
  }

  /** Checks the event loop: degraded when the 99th percentile of its delay exceeds `maxDelayMs`, default 1000. */
  eventLoop<Key extends string>(key: Key, { maxDelayMs = 1000 } = {}): IndicatorResult<Key> {
    return this.#read(key, () => eventLoopProbe(this.#sources.delaySeconds, maxDelayMs).read());
  }

  /**
   * Checks commands: degraded when more than `maxRatio` of the commands of the last minute failed,
   * 0 to 1, default 0.5.
   */
  commandErrors<Key extends string>(key: Key, { maxRatio = 0.5 } = {}): IndicatorResult<Key> {
    const { commands = { ratio: () => 0, finished: () => 0 } } = this.#sources;
    return this.#read(key, () => commandErrorsProbe(commands, maxRatio).read());
  }

  /** Checks projections: degraded when one is stalled, unreadable, faulted or late. */
  projections<Key extends string>(key: Key): IndicatorResult<Key> {
    return this.#read(key, () => projectionsProbe(this.#sources.projections).read());
  }

  /**
   * Checks connection pools: degraded when a pool has no idle connection and more than `maxPending`
   * waiting requests, default 0.
   */
  pools<Key extends string>(
    key: Key,
    { names, maxPending = 0 }: NamedResources & { readonly maxPending?: number } = {},
  ): IndicatorResult<Key> {
    return this.#read(key, () => {
      const pressed = chosen(this.#sources.pools(), names)
        .filter(([, { available, pending = 0 }]) => available === 0 && pending > maxPending)
        .map(([name]) => name);
      return { level: pressed.length > 0 ? 'degraded' : 'ok', details: { pressed } };
    });
  }

  /** Checks circuit breakers: degraded when one is open. */
  circuitBreakers<Key extends string>(
    key: Key,
    { names }: NamedResources = {},
  ): IndicatorResult<Key> {
    return this.#read(key, () => {
      const open = chosen(this.#sources.breakers(), names)
        .filter(([, state]) => state === 'open')
        .map(([name]) => name);
      return { level: open.length > 0 ? 'degraded' : 'ok', details: { open } };
    });
  }

  /**
   * Checks exporters: degraded while the last export of a metric exporter has failed, and when more
   * than `maxLostRatio` of the spans of the last minute were lost, 0 to 1, default 0.
   */
  exporters<Key extends string>(key: Key, { maxLostRatio = 0 } = {}): IndicatorResult<Key> {
    return this.#read(key, () => {
      const lost = this.#sources.lostSpans();
      const failing = this.#sources.failingExporters();
      const level = lost > maxLostRatio || failing.length > 0 ? 'degraded' : 'ok';
      return { level, details: { lost_ratio: lost, failing } };
    });
  }

  /**
   * Checks the event store or another dependency: down when the ping fails.
   *
   * @param ping - Reads a small value, such as the head of the log.
   */
  async eventStore<Key extends string>(
    key: Key,
    ping: () => unknown,
  ): Promise<IndicatorResult<Key>> {
    try {
      await ping();
      return this.#result(key, 'ok', {});
    } catch (error) {
      const { level, details } = resultOfError(error);
      return this.#result(key, level, details);
    }
  }

  /**
   * Checks a disk: down when less than `minFreeRatio` of it is free, 0 to 1, default 0.1, and when
   * it cannot be read.
   */
  async disk<Key extends string>(
    key: Key,
    { path = '/', minFreeRatio = 0.1 } = {},
  ): Promise<IndicatorResult<Key>> {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      const free = blocks === 0 ? 0 : bavail / blocks;
      const details = {
        free_ratio: Math.round(free * 10_000) / 10_000,
        free_bytes: bavail * bsize,
      };
      return this.#result(key, free < minFreeRatio ? 'down' : 'ok', details);
    } catch (error) {
      const { level, details } = resultOfError(error);
      return this.#result(key, level, details);
    }
  }

  #read<Key extends string>(key: Key, read: () => HealthReading): IndicatorResult<Key> {
    try {
      const { level, details } = read();
      return this.#result(key, level, details);
    } catch (error) {
      const { level, details } = resultOfError(error);
      return this.#result(key, level, details);
    }
  }

  #result<Key extends string>(
    key: Key,
    level: HealthLevel,
    details: Readonly<Record<string, unknown>>,
  ): IndicatorResult<Key> {
    const isUnknown = level === 'degraded' && !this.#sources.knowsDegraded();
    const told = isUnknown ? { ...details, degraded: true } : details;
    const status = isUnknown ? 'up' : STATUS[level];
    return { [key]: { ...told, status } } as IndicatorResult<Key>;
  }
}

const STATUS = { ok: 'up', degraded: 'degraded', down: 'down' } as const;

function chosen<T>(all: ReadonlyMap<string, T>, names: readonly string[] | undefined) {
  return [...all].filter(([name]) => names?.includes(name) ?? true);
}
