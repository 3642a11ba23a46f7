import { type Clock, isEventTime } from '../../kernel/clock.js';
import type { Outcome } from '../../kernel/errors/error-classification.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { Faults } from '../../kernel/faults.js';
import type { HandlerObserver, SampledSpan } from '../../kernel/observer.js';
import type { ProjectionObserver } from '../../metrics/recorders/projection-metrics.js';
import type { Position } from '../position.js';
import type { ProjectionModel } from './projection-model.js';

/** Dependencies of a {@link TrackedHandler}. */
export interface TrackedHandlerDeps {
  readonly tracker: ProjectionModel;
  readonly metrics: ProjectionObserver;
  readonly clock: Clock;
  readonly faults: Faults;
}

const OTHER_UNIT = new RangeError(
  'the recorded time of an event is more than 20 years from now: it must be in milliseconds since the Unix epoch',
);
const FROM_THE_FUTURE = new RangeError('the recorded time of an event is in the future');

/** Records handler calls of a projection, in its metrics and in its progress. */
export class TrackedHandler implements HandlerObserver {
  readonly #tracker: ProjectionModel;
  readonly #metrics: ProjectionObserver;
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor({ tracker, metrics, clock, faults }: TrackedHandlerDeps) {
    this.#tracker = tracker;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#faults = faults;
  }

  started(): void {
    this.#metrics.started();
  }

  applied(recordedMs: number, position: Position | undefined): void {
    const nowMs = this.#clock.wallMs();
    const isKnown = isEventTime(recordedMs, nowMs);
    this.#tracker.applied.applied(isKnown ? recordedMs : Number.NaN, position);
    if (!isKnown) {
      if (!Number.isNaN(recordedMs)) this.#faults.report('event_time', OTHER_UNIT);
      return;
    }
    const latencyMs = nowMs - recordedMs;
    if (latencyMs < 0) this.#faults.report('clock_skew', FROM_THE_FUTURE);
    // A replay applies events of any age.
    if (!this.#tracker.isReplaying()) this.#metrics.latency(Math.max(0, latencyMs) / 1000);
  }

  batchHandled(events: number): void {
    this.#metrics.batchHandled(events);
  }

  skipped(events: number): void {
    this.#metrics.skipped(events);
  }

  succeeded(durationSeconds: number, attempts: number, events: number | undefined): void {
    this.#tracker.succeeded();
    this.#metrics.succeeded(durationSeconds, attempts, events);
  }

  rejected(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.failed(durationSeconds, attempts, error);
  }

  failed(durationSeconds: number, attempts: number, error: ErrorDescription): void {
    this.#tracker.faulted(true);
    this.#metrics.failed(durationSeconds, attempts, error);
  }

  endedUntimed(error?: ErrorDescription): void {
    if (error === undefined) this.#tracker.succeeded();
    else this.#tracker.faulted(true);
    this.#metrics.endedUntimed(error);
  }

  sampled(outcome: Outcome, durationSeconds: number, span: SampledSpan): void {
    this.#metrics.sampled(outcome, durationSeconds, span);
  }

  retried(): void {
    this.#metrics.retried();
  }

  abandoned(): void {
    this.#metrics.abandoned();
  }
}
