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
  readonly failed: Counter | undefined;
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
  const { retries: _perErrorType, ...scoped } = instruments;
  const variants = outcomes.map((outcome) => ({ outcome }));
  return Object.values(scoped).flatMap((it) => {
    if (it === undefined) return [];
    return [hasOutcome(it) ? ([it, variants] as const) : ([it] as const)];
  });
}

function hasOutcome({ definition }: Counter | Gauge | Histogram): boolean {
  return definition.labels?.includes('outcome') === true;
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
  const { finished, succeeded, rejected, failed, duration, attempts, retries, events } =
    instruments;
  const knowsRejections = outcomes.includes('rejected');
  // Without the label, all outcomes have one series.
  const once = hasOutcome(finished) ? undefined : scope.of(finished);
  const finishedAs = (outcome: Outcome) => once ?? scope.of(finished, { outcome });
  const together = hasOutcome(duration) ? undefined : scope.histogram(duration, {}, buckets);
  const secondsOf = (outcome: Outcome) =>
    together ?? scope.histogram(duration, { outcome }, buckets);
  return {
    finished: finishedAs('success'),
    // The same series, unless the outcome is a label.
    finishedRejected: finishedAs(knowsRejections ? 'rejected' : 'failure'),
    finishedFailed: finishedAs('failure'),
    succeeded: succeeded && scope.of(succeeded),
    rejected: rejected && scope.of(rejected),
    failed: failed && scope.of(failed),
    concurrent: scope.of(instruments.concurrent),
    attempts: attempts && scope.of(attempts),
    events: events && scope.of(events),
    successSeconds: secondsOf('success'),
    rejectedSeconds: knowsRejections ? secondsOf('rejected') : undefined,
    failureSeconds: secondsOf('failure'),
    retriesOf: retries && ((type: string) => scope.of(retries, { error_type: type })),
  };
}
