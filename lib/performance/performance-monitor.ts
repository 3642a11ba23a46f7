import { type Clock, systemClock } from '../kernel/clock.js';
import { OWN_NAMESPACE } from '../metrics/catalogue/catalogue-metric.js';
import type { SeriesSource } from '../query/series-source.js';
import type { AnomalySignal } from './anomaly-detectors.js';
import { type Anomaly, AnomalyWatch } from './anomaly-watch.js';
import {
  type Capacity,
  type CatchUp,
  catchUpOf,
  headroomOf,
  type MemoryLimits,
  readCapacities,
} from './capacity.js';
import { describeScore, type HealthScore, healthScoreOf } from './health-score.js';
import { readMinutes } from './minutes.js';
import { performanceMetrics } from './performance-metrics.js';
import {
  type PerformanceSnapshot,
  type PerformanceTrends,
  readSnapshot,
  readTrends,
} from './performance-snapshot.js';
import { type Range, Readings } from './readings.js';
import { readParts } from './score-signals.js';
import { defaultThresholds, type ScoreThresholds } from './score-thresholds.js';

/** Window of a snapshot or of trends. */
export interface PerformanceWindow {
  /** Length in minutes, above 0; the history has the last hour at full resolution. */
  readonly minutes?: number;
}

/** Settings of a {@link PerformanceMonitor}. */
export interface PerformanceSettings {
  /** Source of time. @defaultValue the system clock */
  readonly clock?: Clock;
  /** First word of the metric names. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Values at which a part of the health score is 0.5. @defaultValue the thresholds of the shipped alerts */
  readonly thresholds?: Partial<ScoreThresholds>;
  /** Limits of the memory of the process. @defaultValue no limits: the history may be that of several processes */
  readonly limits?: MemoryLimits;
}

const MINUTE_MS = 60_000;
const DEFAULT_MINUTES = 5;
const TREND_MINUTES = 15;
const HOUR_MINUTES = 60;

/**
 * Reads the performance of the service from its history: rates, latencies, errors, trends, a health score, anomalies and
 * the room that is left. The plugin {@link performance} provides one.
 *
 * @example
 * ```ts
 * import { Controller, Get } from '@nestjs/common';
 * import { PerformanceMonitor } from '@eventcore/nestjs-observability/query';
 *
 * @Controller('performance')
 * export class PerformanceController {
 *   constructor(private readonly monitor: PerformanceMonitor) {}
 *
 *   @Get()
 *   async lastFiveMinutes() {
 *     const snapshot = await this.monitor.snapshot({ minutes: 5 });
 *     return { ...snapshot, health: this.monitor.health(), unusual: this.monitor.anomalies() };
 *   }
 * }
 * ```
 */
export class PerformanceMonitor {
  readonly #readings: Readings;
  readonly #watch = new AnomalyWatch();
  #clock: Clock = systemClock;
  #names = performanceMetrics(OWN_NAMESPACE);
  #thresholds = defaultThresholds;
  #limits: MemoryLimits = {};
  #health: HealthScore | undefined;
  #capacity: readonly Capacity[] = [];

  /**
   * Creates a monitor of its own, as for the history of a cluster.
   *
   * @param source - History to read.
   */
  constructor(source: SeriesSource, settings: PerformanceSettings = {}) {
    this.#readings = new Readings(source);
    this.configure(settings);
  }

  /** Changes the settings, as the plugin does when its application is known. @internal */
  configure({ clock, namespace, thresholds, limits }: PerformanceSettings): void {
    this.#clock = clock ?? this.#clock;
    this.#limits = limits ?? this.#limits;
    this.#thresholds = { ...this.#thresholds, ...thresholds };
    if (namespace !== undefined) this.#names = performanceMetrics(namespace);
  }

  /**
   * Returns the performance over the last minutes, default 5.
   *
   * @throws RangeError for minutes that are not above 0.
   */
  snapshot({ minutes = DEFAULT_MINUTES }: PerformanceWindow = {}): Promise<PerformanceSnapshot> {
    return readSnapshot(this.#readings, { names: this.#names, range: this.#rangeOf(minutes) });
  }

  /**
   * Returns the trends over the last minutes, default 15.
   *
   * @throws RangeError for minutes that are not above 0.
   */
  trends({ minutes = TREND_MINUTES }: PerformanceWindow = {}): Promise<PerformanceTrends> {
    return readTrends(this.#readings, { names: this.#names, range: this.#rangeOf(minutes) });
  }

  /** Returns the health score over the last five minutes; `undefined` as long as nothing is known. */
  health(): HealthScore | undefined {
    return this.#health;
  }

  /** Returns the signals that have differed from their past for at least three minutes. */
  anomalies(): readonly Anomaly[] {
    return this.#watch.anomalies();
  }

  /** Returns the signals whose past is still too short for anomalies to be found: the rate needs a day. */
  learning(): readonly AnomalySignal[] {
    return this.#watch.learning();
  }

  /** Returns the use of heap, memory, event loop and pools, and when each is exhausted. */
  capacity(): readonly Capacity[] {
    return this.#capacity;
  }

  /** Resolves to the commands per second at which the event loop would be busy all the time; `undefined` when idle. */
  async headroom(): Promise<number | undefined> {
    const { commandsPerSecond = 0 } = await this.snapshot();
    const loop = this.#capacity.find(({ resource }) => resource === 'event_loop');
    return loop && headroomOf(commandsPerSecond, loop.utilization);
  }

  /** Resolves to the time that each projection needs to catch up, at the pace of the last five minutes. */
  async catchUp(): Promise<readonly CatchUp[]> {
    const ticks = await this.#readings.ticks(this.#names.uptime, this.#rangeOf(DEFAULT_MINUTES));
    const label = 'projection_name';
    const lags = await this.#readings.latest(this.#names.lagEvents, { label, ticks });
    const found = [...lags.keys()].map(async (projection) => {
      const labels = { [label]: projection };
      const points = await this.#readings.gauge(this.#names.lagEvents, {
        ticks,
        labels,
        by: 'max',
      });
      return catchUpOf(projection, points);
    });
    return (await Promise.all(found)).flatMap((it) => it ?? []);
  }

  /** Returns the report of the health check `performance`: degraded while the score is, with its reason. @internal */
  check(): { level: 'ok' | 'degraded'; details: Readonly<Record<string, unknown>> } {
    const score = this.#health;
    const unusual = this.anomalies().map(({ signal }) => signal);
    return {
      level: score?.state === 'degraded' ? 'degraded' : 'ok',
      details: {
        ...(score && { score: score.score, reason: describeScore(score) }),
        ...(unusual.length > 0 && { unusual: unusual.join(' ') }),
      },
    };
  }

  /** Reads score, anomalies and capacity anew. The plugin does so every 15 seconds. */
  async evaluate(): Promise<void> {
    const source = { readings: this.#readings, names: this.#names };
    const over = async (minutes: number) => ({
      ...source,
      ticks: await this.#readings.ticks(this.#names.uptime, this.#rangeOf(minutes)),
    });
    const parts = await readParts(await over(DEFAULT_MINUTES), this.#thresholds);
    this.#health = healthScoreOf(parts, this.#health?.state);
    const span = { lastMs: this.#watch.lastMs, nowMs: this.#clock.wallMs() };
    for await (const minutes of readMinutes(source, span)) this.#watch.add(minutes);
    this.#capacity = await readCapacities(await over(HOUR_MINUTES), this.#limits);
  }

  #rangeOf(minutes: number): Range {
    if (!(minutes > 0)) throw new RangeError(`minutes must be above 0, not ${minutes}`);
    const toMs = this.#clock.wallMs();
    return { fromMs: toMs - minutes * MINUTE_MS, toMs };
  }
}
