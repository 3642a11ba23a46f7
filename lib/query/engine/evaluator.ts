import {
  type Aggregation,
  type Binary,
  type Expression,
  typeOf,
  type Unary,
  unwrap,
} from '../language/expression.js';
import { isSetOperator } from '../language/keywords.js';
import { aggregate, countValues } from './aggregation.js';
import { scalarOperation, setOperation, vectorOperation } from './binary.js';
import { constantFrame, emptyFrame, type Frame, type Grid, type Steps } from './frame.js';
import { FunctionCalls } from './function-calls.js';
import { operatorOf } from './number-functions.js';
import type { Evaluation, QueryContext } from './query-context.js';
import { selectInstant } from './selection.js';

/** Evaluates the nodes of an expression at all times of a grid. */
export class Evaluator implements Evaluation {
  /** Settings and data of the query. */
  readonly context: QueryContext;
  readonly #calls: FunctionCalls;

  constructor(context: QueryContext) {
    this.context = context;
    this.#calls = new FunctionCalls(this);
  }

  /** Evaluates an expression of type instant vector; a scalar becomes a series without labels. */
  *vector(it: Expression, grid: Grid): Steps<Frame> {
    yield;
    this.context.budget.spend(grid.count);
    if (typeOf(it) === 'scalar') return constantFrame(yield* this.scalar(it, grid));
    switch (it.kind) {
      case 'parentheses':
        return yield* this.vector(it.body, grid);
      case 'selector':
        return yield* selectInstant(it, grid, { context: this.context });
      case 'unary':
        return yield* this.#unary(it, grid);
      case 'aggregation':
        return yield* this.#aggregation(it, grid);
      case 'binary':
        return yield* this.#binary(it, grid);
      case 'call':
        return yield* this.#calls.vector(it, grid);
      default:
        throw new TypeError(`${it.kind} is no instant vector`);
    }
  }

  /** Evaluates an expression of type scalar: one value for each step. */
  *scalar(it: Expression, grid: Grid): Steps<Float64Array> {
    this.context.budget.spend(grid.count);
    switch (it.kind) {
      case 'number':
        return new Float64Array(grid.count).fill(it.value);
      case 'parentheses':
        return yield* this.scalar(it.body, grid);
      case 'unary': {
        const values = yield* this.scalar(it.body, grid);
        return it.operator === '-' ? values.map((value) => -value) : values;
      }
      case 'binary': {
        const left = yield* this.scalar(it.left, grid);
        const right = yield* this.scalar(it.right, grid);
        const compute = operatorOf(it.operator, true);
        return left.map((value, step) => compute(value, right[step]!)!);
      }
      case 'call':
        return yield* this.#calls.scalar(it, grid);
      default:
        throw new TypeError(`${it.kind} is no scalar`);
    }
  }

  /** Creates a frame and counts its samples. */
  frame(rows: Frame['rows'], steps: number): Frame {
    this.context.budget.spend(rows.length * steps);
    return emptyFrame(rows, steps);
  }

  *#unary({ operator, body }: Unary, grid: Grid): Steps<Frame> {
    const frame = yield* this.vector(body, grid);
    if (operator === '+') return frame;
    const rows = frame.rows.map(({ labels }) => ({ labels, dropsName: true }));
    return { ...frame, rows, values: frame.values.map((value) => -value) };
  }

  *#aggregation(it: Aggregation, grid: Grid): Steps<Frame> {
    const parameter = it.parameter && unwrap(it.parameter);
    const values =
      parameter === undefined || parameter.kind === 'string'
        ? undefined
        : yield* this.scalar(parameter, grid);
    const frame = yield* this.vector(it.body, grid);
    this.context.budget.spend(frame.values.length);
    return parameter?.kind === 'string'
      ? yield* countValues(it, frame, parameter.value)
      : yield* aggregate(it, frame, values);
  }

  *#binary(it: Binary, grid: Grid): Steps<Frame> {
    const isLeftScalar = typeOf(it.left) === 'scalar';
    if (isLeftScalar || typeOf(it.right) === 'scalar') {
      const [scalarSide, vectorSide] = isLeftScalar ? [it.left, it.right] : [it.right, it.left];
      const scalar = yield* this.scalar(scalarSide, grid);
      const frame = yield* this.vector(vectorSide, grid);
      this.context.budget.spend(frame.values.length);
      return yield* scalarOperation(it, frame, { scalar, isLeft: isLeftScalar });
    }
    const left = yield* this.vector(it.left, grid);
    const right = yield* this.vector(it.right, grid);
    this.context.budget.spend(left.values.length + right.values.length);
    return isSetOperator(it.operator)
      ? yield* setOperation(it, left, right)
      : yield* vectorOperation(it, left, right);
  }
}
