import { type Call, type Expression, unwrap } from '../language/expression.js';
import { LabelSet } from '../label-set.js';
import { sortRows } from './aggregation.js';
import { constantFrame, emptyFrame, type Frame, type Grid, pickRows, type Steps } from './frame.js';
import { histogramFraction, histogramQuantile, histogramQuantiles } from './histogram-functions.js';
import { dateFunctions, type ValueFunction, valueFunctions } from './number-functions.js';
import { absent, joinLabels, replaceLabel, sortByLabels } from './label-functions.js';
import { endOf, type Evaluation } from './query-context.js';
import { rangeCall } from './range-call.js';
import { rangeFunctions } from './range-functions.js';
import { selectInstant } from './selection.js';

const ROWS_PER_YIELD = 64;

/** Evaluates function calls. */
export class FunctionCalls {
  readonly #evaluation: Evaluation;

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  /** Evaluates a call that returns a scalar. */
  *scalar({ signature: { name }, args }: Call, grid: Grid): Steps<Float64Array> {
    if (name === 'scalar') return onlyValues(yield* this.#evaluation.vector(args[0]!, grid));
    const values = new Float64Array(grid.count);
    if (name === 'time') return values.map((_, step) => timeOf(grid, step));
    if (name === 'max_of' || name === 'min_of') {
      const left = yield* this.#evaluation.scalar(args[0]!, grid);
      const right = yield* this.#evaluation.scalar(args[1]!, grid);
      const choose = name === 'max_of' ? Math.max : Math.min;
      return left.map((value, step) => choose(value, right[step]!));
    }
    return values.fill(this.#constant(name));
  }

  /** Returns a value that is the same at each step. */
  #constant(name: string): number {
    const { grid } = this.#evaluation.context;
    const rangeMs = endOf(grid) - grid.startMs;
    switch (name) {
      case 'start':
        return grid.startMs / 1_000;
      case 'end':
        return endOf(grid) / 1_000;
      case 'range':
        return rangeMs / 1_000;
      case 'step':
        return rangeMs === 0 ? 0 : grid.stepMs / 1_000;
      default:
        return Math.PI;
    }
  }

  /** Evaluates a call that returns an instant vector. */
  *vector(it: Call, grid: Grid): Steps<Frame> {
    const { name } = it.signature;
    const { context } = this.#evaluation;
    if (Object.hasOwn(rangeFunctions, name)) {
      return yield* rangeCall(it, grid, this.#evaluation);
    }
    const args = it.args.map(unwrap);
    const [first, second] = args;
    if (first?.kind === 'selector' && name === 'timestamp') {
      return yield* selectInstant(first, grid, { context, readsTimes: true });
    }
    if (first === undefined) {
      const values = new Float64Array(grid.count);
      return constantFrame(values.map((_, step) => dateFunctions[name]!(timeOf(grid, step))));
    }
    if (name === 'vector') return constantFrame(yield* this.#evaluation.scalar(first, grid));
    if (name.startsWith('histogram_')) return yield* this.#histogram(name, args, grid);
    const frame = yield* this.#evaluation.vector(first, grid);
    const compute = valueFunctions[name];
    if (compute) {
      const others: Float64Array[] = [];
      for (const arg of args.slice(1)) others.push(yield* this.#evaluation.scalar(arg, grid));
      return yield* this.#eachValue(frame, compute, others);
    }
    const texts = args.flatMap((arg) => (arg.kind === 'string' ? [arg.value] : []));
    if (name === 'absent') return absent(frame, first);
    if (name === 'timestamp') return evaluationTimes(frame, grid);
    context.budget.spend(frame.values.length);
    if (name === 'label_replace') return yield* replaceLabel(frame, texts);
    if (name === 'label_join') return yield* joinLabels(frame, texts);
    return sorted(name, frame, second === undefined ? [] : texts);
  }

  *#eachValue(
    frame: Frame,
    compute: ValueFunction,
    [first, second]: readonly Float64Array[],
  ): Steps<Frame> {
    const { steps } = frame;
    const rows = frame.rows.map(({ labels }) => ({ labels, dropsName: true }));
    const result = this.#evaluation.frame(rows, steps);
    const isClamp = compute === valueFunctions['clamp'];
    for (let row = 0; row < rows.length; row++) {
      if (row % ROWS_PER_YIELD === 0) yield;
      for (let step = 0; step < steps; step++) {
        const at = row * steps + step;
        if (frame.present[at] === 0) continue;
        // A clamp with swapped bounds has no result.
        if (isClamp && second![step]! < first![step]!) continue;
        result.values[at] =
          second === undefined
            ? compute(frame.values[at]!, ...(first === undefined ? [] : [first[step]!]))
            : compute(frame.values[at]!, first![step]!, second[step]!);
        result.present[at] = 1;
      }
    }
    return result;
  }

  *#histogram(name: string, args: readonly Expression[], grid: Grid): Steps<Frame> {
    const vectors: Frame[] = [];
    const scalars: Float64Array[] = [];
    for (const [i, arg] of args.entries()) {
      const isVector = name === 'histogram_quantiles' ? i === 0 : i === args.length - 1;
      if (arg.kind === 'string') continue;
      if (isVector) vectors.push(yield* this.#evaluation.vector(arg, grid));
      else scalars.push(yield* this.#evaluation.scalar(arg, grid));
    }
    const frame = vectors[0]!;
    if (name === 'histogram_quantile') return yield* histogramQuantile(scalars[0]!, frame);
    if (name === 'histogram_fraction') return yield* histogramFraction(scalars, frame);
    if (name === 'histogram_quantiles') {
      const label = args[1]?.kind === 'string' ? args[1].value : '';
      return yield* histogramQuantiles(frame, label, scalars);
    }
    // The others are for native histograms, which have no samples here.
    return emptyFrame([], grid.count);
  }
}

const timeOf = ({ startMs, stepMs }: Grid, step: number) => (startMs + step * stepMs) / 1_000;

/** Returns the value at each step where the frame has exactly one, else `NaN`. */
function onlyValues({ rows, steps, values, present }: Frame): Float64Array {
  const result = new Float64Array(steps).fill(Number.NaN);
  for (let step = 0; step < steps; step++) {
    let found = 0;
    for (let row = 0; row < rows.length; row++) {
      if (present[row * steps + step] === 0) continue;
      found++;
      result[step] = values[row * steps + step]!;
    }
    if (found > 1) result[step] = Number.NaN;
  }
  return result;
}

function evaluationTimes(frame: Frame, grid: Grid): Frame {
  const { steps } = frame;
  return {
    ...frame,
    rows: frame.rows.map(({ labels }: { labels: LabelSet }) => ({ labels, dropsName: true })),
    values: frame.values.map((_, at) => timeOf(grid, at % steps)),
  };
}

/** Sorts an instant query; the series of a range query have no order. */
function sorted(name: string, frame: Frame, labels: readonly string[]): Frame {
  if (frame.steps !== 1) return frame;
  const isDescending = name.endsWith('_desc');
  if (name.startsWith('sort_by_label')) return sortByLabels(frame, labels, isDescending);
  const rows = frame.rows.flatMap((_, row) => (frame.present[row] === 1 ? [row] : []));
  return pickRows(
    frame,
    sortRows(rows, (row) => frame.values[row]!, isDescending),
  );
}
