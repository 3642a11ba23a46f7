import type { AlertParameter } from './alert-definition.js';

/** Parameter of ratios: without it, one failure of one call is 100 %. */
export const minimumCalls: AlertParameter = {
  unit: 'count',
  default: 20,
  description: 'calls within five minutes from which on the alert judges',
};

/** Calls whose part is compared with all of them. */
interface RatioCondition {
  /** Selector of a counter. */
  readonly part: string;
  /** Selector of a counter. */
  readonly whole: string;
  /** Grouping, such as `by (job)`. */
  readonly by: string;
  readonly above: number;
  /** Increase of the whole from which on the ratio counts. */
  readonly calls: number;
}

/** Returns a condition on a ratio of counters over five minutes. */
export function ratioAbove({ part, whole, by, above, calls }: RatioCondition): string {
  return (
    `(sum ${by} (rate(${part}[5m])) / sum ${by} (rate(${whole}[5m])) > ${above})\n` +
    `and (sum ${by} (increase(${whole}[5m])) >= ${calls})`
  );
}

/** Durations whose 95th percentile is compared. */
interface LatencyCondition {
  /** Name of the histogram. */
  readonly histogram: string;
  /** Matchers in braces. @defaultValue none */
  readonly matching?: string;
  /** Returns a grouping. */
  by(...labels: readonly string[]): string;
  readonly label: string;
  readonly above: number;
  readonly calls: number;
}

/** Returns a condition on the 95th percentile of a histogram over five minutes. */
export function p95Above(condition: LatencyCondition): string {
  const { histogram, matching = '', by, label, above, calls } = condition;
  return (
    `(histogram_quantile(0.95, sum ${by(label, 'le')} (rate(${histogram}_bucket${matching}[5m]))) > ${above})\n` +
    `and (sum ${by(label)} (increase(${histogram}_count${matching}[5m])) >= ${calls})`
  );
}

/**
 * Returns a condition on the increase of a counter over ten minutes. A series that begins above 0 has no increase:
 * its value counts while the series is younger than that.
 */
export function increasedAbove(counter: string, by: string, above: number): string {
  return (
    `(sum ${by} (increase(${counter}[10m])) > ${above})\n` +
    `or (sum ${by} (${counter} unless ${counter} offset 10m) > ${above})`
  );
}
