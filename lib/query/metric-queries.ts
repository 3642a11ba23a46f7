import { type Clock, systemClock } from '../kernel/clock.js';
import { assertOptions } from '../options/assert-options.js';
import { Evaluator } from './engine/evaluator.js';
import { type Grid, gridOf, type Steps } from './engine/frame.js';
import { type QueryContext, SampleBudget } from './engine/query-context.js';
import { rangesOf } from './engine/range-call.js';
import { loadSeries } from './engine/selection.js';
import { type Expression, typeOf, unwrap } from './language/expression.js';
import type { ValueType } from './language/functions.js';
import { parseQuery } from './language/parser.js';
import { QueryError } from './query-error.js';
import { type MetricQueriesOptions, metricQueriesOptions, queryDefaults } from './query-options.js';
import { matrixResult, type QueryResult, rangesResult, vectorResult } from './query-result.js';
import type { SeriesSource } from './series-source.js';

// A query lets the event loop run at least this often.
const SLICE_MS = 2;
// Furthest time of a Date.
const MAX_TIME_MS = 8.64e15;

/** Time of an instant query. */
export interface InstantQuery {
  /** Unix time in milliseconds. @defaultValue now */
  readonly atMs?: number | undefined;
}

/** Times of a range query: `startMs`, `startMs + stepMs` and so on up to `endMs`. */
export interface RangeQuery {
  /** First time: Unix time in milliseconds. */
  readonly startMs: number;
  /** Last time, at or after the first one: Unix time in milliseconds. */
  readonly endMs: number;
  /** Distance of two times in milliseconds, at least 1. */
  readonly stepMs: number;
}

/**
 * Evaluates queries in PromQL, as Prometheus 3 does. A long query lets the event loop run every 2 ms.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { MetricQueries } from '@eventcore/nestjs-observability/query';
 *
 * @Injectable()
 * export class ErrorRate {
 *   constructor(private readonly queries: MetricQueries) {}
 *
 *   async now() {
 *     const result = await this.queries.query('sum(rate(eventcore_command_errors_total[5m]))');
 *     return result.type === 'vector' ? (result.samples[0]?.value ?? 0) : 0;
 *   }
 * }
 * ```
 */
export class MetricQueries {
  readonly #source: SeriesSource;
  readonly #settings: Required<MetricQueriesOptions>;
  readonly #clock: Clock;

  /**
   * @param source - Series that the queries read.
   * @param clock - Source of the current time and of the time limit.
   * @throws ConfigurationError `OBS_OPTION_INVALID`
   */
  constructor(source: SeriesSource, options: MetricQueriesOptions = {}, clock = systemClock) {
    assertOptions('MetricQueries', metricQueriesOptions, options);
    this.#source = source;
    this.#settings = { ...queryDefaults, ...options };
    this.#clock = clock;
  }

  /**
   * Evaluates a query at one time.
   *
   * @param expression - Query in PromQL, at most 16,384 characters.
   * @throws QueryError `OBS_QUERY_SYNTAX`, `OBS_QUERY_PARAMETER`, `OBS_QUERY_FAILED`, `OBS_QUERY_LIMIT` or
   * `OBS_QUERY_TIMEOUT`; the promise rejects.
   */
  async query(expression: string, { atMs }: InstantQuery = {}): Promise<QueryResult> {
    const timeMs = atMs ?? this.#clock.wallMs();
    checkTime('time', timeMs);
    return await this.evaluate(parseQuery(expression), timeMs);
  }

  /** @internal Evaluates a query that has been parsed: a rule is, once for all its evaluations. */
  async evaluate(expression: Expression, atMs: number): Promise<QueryResult> {
    const parsed = unwrap(expression);
    if (parsed.kind === 'string') return { type: 'string', atMs, value: parsed.value };
    const grid = { startMs: atMs, stepMs: 1, count: 1 };
    return await this.#run(parsed, grid, (evaluator) => instant(parsed, grid, evaluator));
  }

  /**
   * Evaluates a query at several times.
   *
   * @param expression - Query in PromQL, at most 16,384 characters; its type is scalar or instant vector.
   * @returns A result of type `matrix`, its series sorted by labels.
   * @throws QueryError `OBS_QUERY_SYNTAX`, `OBS_QUERY_PARAMETER`, `OBS_QUERY_FAILED`, `OBS_QUERY_LIMIT` or
   * `OBS_QUERY_TIMEOUT`; the promise rejects.
   */
  async queryRange(expression: string, range: RangeQuery): Promise<QueryResult> {
    const grid = this.#gridOf(range);
    const parsed = parseQuery(expression);
    checkRangeType(typeOf(parsed));
    return await this.#run(parsed, grid, function* (evaluator) {
      return yield* matrixResult(yield* evaluator.vector(parsed, grid), grid);
    });
  }

  #gridOf({ startMs, endMs, stepMs }: RangeQuery): Grid {
    checkTime('start', startMs);
    checkTime('end', endMs);
    if (endMs < startMs) throw badParameter('end', 'end timestamp must not be before start time');
    if (!(stepMs >= 1) || stepMs > MAX_TIME_MS) {
      const rule = 'zero or negative query resolution step widths are not accepted';
      throw badParameter('step', `${rule}. Try a positive integer`);
    }
    const grid = gridOf(startMs, endMs, stepMs);
    if (grid.count > this.#settings.maxSteps) throw tooManySteps(this.#settings.maxSteps);
    return grid;
  }

  async #run(
    expression: Expression,
    grid: Grid,
    stepsOf: (evaluator: Evaluator) => Steps<QueryResult>,
  ): Promise<QueryResult> {
    const startedMs = this.#clock.monotonicMs();
    const settings = { ...this.#settings, grid, budget: new SampleBudget(this.#settings) };
    const series = await loadSeries(expression, this.#source, settings);
    const context: QueryContext = { ...settings, series };
    return await this.#inSlices(stepsOf(new Evaluator(context)), startedMs);
  }

  async #inSlices<T>(steps: Steps<T>, startedMs: number): Promise<T> {
    let sliceStartMs = this.#clock.monotonicMs();
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - startedMs > this.#settings.timeoutMs) throw timedOut(this.#settings.timeoutMs);
      if (nowMs - sliceStartMs < SLICE_MS) continue;
      await new Promise((resume) => setImmediate(resume));
      sliceStartMs = this.#clock.monotonicMs();
    }
  }
}

function* instant(it: Expression, grid: Grid, evaluator: Evaluator): Steps<QueryResult> {
  const atMs = grid.startMs;
  if (it.kind === 'range' || it.kind === 'subquery') {
    return rangesResult(yield* rangesOf(it, grid, evaluator), atMs);
  }
  if (typeOf(it) === 'scalar') {
    const [value = Number.NaN] = yield* evaluator.scalar(it, grid);
    return { type: 'scalar', atMs, value };
  }
  return vectorResult(yield* evaluator.vector(it, grid), atMs);
}

function checkRangeType(type: ValueType): void {
  if (type === 'scalar' || type === 'vector') return;
  const name = type === 'matrix' ? 'range vector' : type;
  const rule = 'must be Scalar or instant Vector';
  const detail = `invalid expression type "${name}" for range query, ${rule}`;
  const remedy = 'Apply a function such as rate, or use an instant query.';
  throw new QueryError('OBS_QUERY_SYNTAX', { detail, remedy });
}

function checkTime(name: string, timeMs: number): void {
  if (Number.isInteger(timeMs) && Math.abs(timeMs) <= MAX_TIME_MS) return;
  throw badParameter(name, 'a time must be a whole number of milliseconds since 1970');
}

function badParameter(name: string, problem: string): QueryError {
  return new QueryError('OBS_QUERY_PARAMETER', {
    detail: `invalid parameter "${name}": ${problem}`,
  });
}

function timedOut(timeoutMs: number): QueryError {
  const detail = `query timed out in expression evaluation after ${timeoutMs} ms`;
  return new QueryError('OBS_QUERY_TIMEOUT', { detail });
}

function tooManySteps(maxSteps: number): QueryError {
  const limit = `exceeded maximum resolution of ${maxSteps} points per timeseries`;
  const detail = `${limit}. Try decreasing the query resolution`;
  return new QueryError('OBS_QUERY_LIMIT', {
    detail,
    remedy: 'Enlarge the step, or raise maxSteps.',
  });
}
