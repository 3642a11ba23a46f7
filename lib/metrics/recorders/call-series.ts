import type { Outcome } from '../../kernel/errors/error-classification.js';
import type { LabelScope, ScopedMetric } from '../cardinality/label-scope.js';
import type { Counter } from '../instruments/counter.js';
import type { Gauge } from '../instruments/gauge.js';
import type { Histogram } from '../instruments/histogram.js';

/** The instruments of one kind. All keys exist, so that the observers of all kinds have one shape. */
export interface Instruments {
  readonly finished: Counter;
  readonly succeeded: Counter | undefined;
  readonly rejected: Counter | undefined;
  readonly failed: Counter;
  readonly duration: Histogram;
  readonly concurrent: Gauge;
  readonly attempts: Histogram | undefined;
  readonly retries: Counter | undefined;
  readonly events: Histogram | undefined;
}

/** Metrics in which a handler has series. */
export function scopedMetrics(
  instruments: Instruments,
  outcomes: readonly Outcome[],
): readonly ScopedMetric[] {
  const { duration, retries: _perErrorType, ...plain } = instruments;
  return [
    ...Object.values(plain).flatMap((it) => (it === undefined ? [] : [[it] as const])),
    [duration, outcomes.map((outcome) => ({ outcome }))],
  ];
}

interface DurationSeries {
  readonly outcomes: readonly Outcome[];
  readonly buckets: readonly number[] | undefined;
}

/** Series of one handler. */
export type Series = ReturnType<typeof seriesOf>;

/** The series of a handler, with the same keys for every kind. */
export function seriesOf(
  instruments: Instruments,
  scope: LabelScope,
  { outcomes, buckets }: DurationSeries,
) {
  const { succeeded, rejected, duration, attempts, retries, events } = instruments;
  return {
    finished: scope.of(instruments.finished),
    succeeded: succeeded && scope.of(succeeded),
    rejected: rejected && scope.of(rejected),
    failed: scope.of(instruments.failed),
    concurrent: scope.of(instruments.concurrent),
    attempts: attempts && scope.of(attempts),
    events: events && scope.of(events),
    successSeconds: scope.histogram(duration, { outcome: 'success' }, buckets),
    rejectedSeconds: outcomes.includes('rejected')
      ? scope.histogram(duration, { outcome: 'rejected' }, buckets)
      : undefined,
    failureSeconds: scope.histogram(duration, { outcome: 'failure' }, buckets),
    retriesOf: retries && ((type: string) => scope.of(retries, { error_type: type })),
  };
}
