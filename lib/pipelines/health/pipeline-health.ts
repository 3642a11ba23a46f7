/** Signals of which the health of a pipeline is the worst. */
export type HealthFactor = 'errors' | 'buffer' | 'freshness' | 'latency' | 'backpressure';

/** Limits of a pipeline, at each of which its health is 0.5. */
export interface PipelineLimits {
  /**
   * Time in which a stage that has work finishes some of it, and a blocked stream takes an event, in seconds above 0. Set it to more than the longest work takes.
   *
   * @defaultValue 8
   */
  readonly stalledSeconds?: number;
  /** Time that an event waits for a stage, in seconds above 0. @defaultValue 60 */
  readonly waitingSeconds?: number;
  /** Failed share of the work of a stage within a minute, above 0 to 1. @defaultValue 0.05 */
  readonly errorRatio?: number;
  /**
   * Share of a minute in which the consumers of a stream take no events: a stream of Node.js that refuses chunks, a loop
   * that works. Above 0 to 1.
   *
   * @defaultValue no limit
   */
  readonly blockedRatio?: number;
  /** Mean age of the events that leave within a minute, in seconds above 0. @defaultValue no limit */
  readonly latencySeconds?: number;
}

/** Health of a pipeline. */
export interface PipelineHealth {
  /** The lowest of the factors, 0 to 1. Below 0.5 the pipeline is degraded. */
  readonly score: number;
  /** `degraded` for a score below 0.5. */
  readonly level: 'ok' | 'degraded';
  /** Each factor from 1 (nothing to see) over 0.5 (at its limit) to 0 (twice the limit); `latency` and `backpressure` only with a limit. */
  readonly factors: Readonly<Partial<Record<HealthFactor, number>>>;
  /** Reason of a score below 1, which names the stage or the stream. */
  readonly reason?: string | undefined;
  /** Mean score of the last 1, 5 and 15 minutes, in which recent values weigh more. */
  readonly trend: Readonly<Record<'m1' | 'm5' | 'm15', number>>;
}

/** Factor of a stage or a pipeline with the text of its cause. */
export interface FactorReading {
  readonly factor: HealthFactor;
  /** 0 to 1. */
  readonly score: number;
  readonly reason: string;
}

/** Returns the score of a value: 1 at 0, 0.5 at its limit, 0 at twice the limit. */
export function scoreOf(value: number, limit: number): number {
  return Math.min(1, Math.max(0, 1 - value / (2 * limit)));
}

/** Returns the health that readings give: the worst of them. */
export function healthOf(readings: readonly FactorReading[]): Omit<PipelineHealth, 'trend'> {
  const factors: Partial<Record<HealthFactor, number>> = { errors: 1, buffer: 1, freshness: 1 };
  let worst: FactorReading | undefined;
  for (const it of readings) {
    factors[it.factor] = Math.min(factors[it.factor] ?? 1, it.score);
    if (it.score < (worst?.score ?? 1)) worst = it;
  }
  const score = worst?.score ?? 1;
  return { score, level: score < 0.5 ? 'degraded' : 'ok', factors, reason: worst?.reason };
}
