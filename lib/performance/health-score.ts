/** Part of a health score. */
export interface ScorePart {
  /** Signal, such as `command_errors`. */
  readonly name: string;
  /** Value now, in the unit of the threshold. */
  readonly value: number;
  /** Value at which the score of the part is 0.5: the threshold of the alert on the same signal. */
  readonly threshold: number;
  /** 1 at a value of 0, 0 at twice the threshold, linear between them. */
  readonly score: number;
}

/** Health of a service: the worst of its parts. */
export interface HealthScore {
  /** 0 to 1. */
  readonly score: number;
  /**
   * `degraded` from a score below 0.5 until one above 0.7, so that a score at the threshold does not change the state
   * at each reading.
   */
  readonly state: 'good' | 'degraded';
  /** All parts, the worst first. */
  readonly parts: readonly ScorePart[];
}

const DEGRADED_BELOW = 0.5;
const GOOD_ABOVE = 0.7;

/** Returns the part of a score for a value. */
export function scorePart(name: string, value: number, threshold: number): ScorePart {
  const score = Math.min(1, Math.max(0, 1 - value / (2 * threshold)));
  return { name, value, threshold, score };
}

/**
 * Returns the health score of parts.
 *
 * @param before - State of the score before; it changes only beyond the hysteresis.
 * @returns `undefined` without parts: nothing is known.
 */
export function healthScoreOf(
  parts: readonly ScorePart[],
  before: HealthScore['state'] = 'good',
): HealthScore | undefined {
  const sorted = parts.toSorted((a, b) => a.score - b.score);
  const score = sorted[0]?.score;
  if (score === undefined) return undefined;
  const isDegraded = score < (before === 'degraded' ? GOOD_ABOVE : DEGRADED_BELOW);
  return { score, state: isDegraded ? 'degraded' : 'good', parts: sorted };
}

/** Returns a score in words: `0.42: projection_lag 0.42, command_errors 1`. */
export function describeScore({ score, parts }: HealthScore): string {
  const short = (it: number) => String(Math.round(it * 100) / 100);
  const list = parts.map((it) => `${it.name} ${short(it.score)}`).join(', ');
  return `${short(score)}: ${list}`;
}
