import type { Expression, VectorSelector } from '../language/expression.js';
import { QueryError } from '../query-error.js';
import type { SampleSeries } from '../series-source.js';
import type { Frame, Grid, Steps } from './frame.js';

/** Limits of one query. */
export interface QueryLimits {
  /** Most series that a selector may select. */
  readonly maxSeries: number;
  /** Most samples that a query may read and compute, all steps of all series together. */
  readonly maxSamples: number;
}

/** Settings and data of one query. */
export interface QueryContext {
  /** Times of the query. */
  readonly grid: Grid;
  /** Age from which a sample is too old for an instant selector, in milliseconds. */
  readonly lookbackMs: number;
  /** Default resolution of subqueries, in milliseconds. */
  readonly subqueryStepMs: number;
  /** Series of each selector, loaded before the evaluation. */
  readonly series: ReadonlyMap<VectorSelector, readonly SampleSeries[]>;
  readonly budget: SampleBudget;
}

/** Evaluator, as the functions see it that evaluate their arguments. */
export interface Evaluation {
  readonly context: QueryContext;
  /** Evaluates an expression of type instant vector; a scalar becomes a series without labels. */
  vector(it: Expression, grid: Grid): Steps<Frame>;
  /** Evaluates an expression of type scalar: one value for each step. */
  scalar(it: Expression, grid: Grid): Steps<Float64Array>;
  /** Creates a frame and counts its samples. */
  frame(rows: Frame['rows'], steps: number): Frame;
}

/** Returns the last time of a grid. */
export function endOf({ startMs, stepMs, count }: Grid): number {
  return startMs + (count - 1) * stepMs;
}

/** Returns the fixed time of a selector, or the time of the step. */
export function fixedTimeOf(
  at: VectorSelector['at'],
  { grid }: Pick<QueryContext, 'grid'>,
): number | undefined {
  if (at === 'start') return grid.startMs;
  return at === 'end' ? endOf(grid) : at;
}

/** Counts the samples of a query against its limit. */
export class SampleBudget {
  readonly #limits: QueryLimits;
  #used = 0;

  constructor(limits: QueryLimits) {
    this.#limits = limits;
  }

  /** @throws QueryError `OBS_QUERY_LIMIT` */
  spend(samples: number): void {
    this.#used += samples;
    const { maxSamples } = this.#limits;
    if (this.#used <= maxSamples) return;
    const detail = `query processing would load too many samples into memory: more than ${maxSamples}`;
    const remedy = 'Shorten the range, enlarge the step, select fewer series, or raise maxSamples.';
    throw new QueryError('OBS_QUERY_LIMIT', { detail, remedy });
  }

  /** @throws QueryError `OBS_QUERY_LIMIT` */
  checkSeries(count: number): void {
    const { maxSeries } = this.#limits;
    if (count <= maxSeries) return;
    const detail = `a selector of the query selects ${count} series, more than ${maxSeries}`;
    const remedy = 'Match fewer series, or raise maxSeries.';
    throw new QueryError('OBS_QUERY_LIMIT', { detail, remedy });
  }
}
