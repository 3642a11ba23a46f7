import assert from 'node:assert/strict';
import type { ProjectionStatus } from '../projections/projection-status.js';
import type { ProjectionProgress } from '../projections/projection-progress.js';
import type { ProjectionState } from '../projections/model/projection-state.js';

/** Lag of a projection. A part that is not named is not compared; `undefined` requires that it is unknown. */
export interface ExpectedLag {
  /** Age of the oldest event that is not applied, in seconds. */
  readonly seconds?: number | undefined;
  /** Number of events that are not applied. */
  readonly events?: number | undefined;
}

/** A projection under test. */
export class ProjectionExpectation {
  readonly #name: string;
  readonly #status: ProjectionStatus;

  /** @internal */
  constructor(name: string, status: ProjectionStatus) {
    this.#name = name;
    this.#status = status;
  }

  /** Progress of the projection. @throws AssertionError for an unknown name, with the known ones. */
  get progress(): ProjectionProgress {
    const progress = this.#status.of(this.#name);
    const known = this.#status.list().map(({ name }) => name);
    assert(progress, `No projection ${this.#name}. Known: ${known.join(', ') || 'none'}`);
    return progress;
  }

  /** Requires the lag. @throws AssertionError with the progress of the projection */
  lags(expected: ExpectedLag): void {
    const { lagSeconds, lagEvents } = this.progress;
    const lag = { seconds: lagSeconds, events: lagEvents };
    const actual = Object.fromEntries(
      Object.keys(expected).map((key) => [key, lag[key as keyof ExpectedLag]]),
    );
    this.#equal(actual, expected);
  }

  /** Requires the state. @throws AssertionError with the progress of the projection */
  is(state: ProjectionState): void {
    this.#equal(this.progress.state, state);
  }

  #equal(actual: unknown, expected: unknown): void {
    const known = Object.entries(this.progress).filter(([, value]) => value !== undefined);
    const lines = known.map(([key, value]) => `  ${key}: ${String(value)}`);
    assert.deepEqual(actual, expected, [`Projection ${this.#name}:`, ...lines].join('\n'));
  }
}
