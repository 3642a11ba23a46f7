import type { Binary, VectorMatching } from '../language/expression.js';
import { groupKey, type LabelSet, METRIC_NAME } from '../label-set.js';
import { QueryError } from '../query-error.js';
import { emptyFrame, type Frame, FrameBuilder, type Steps } from './frame.js';
import { changesQuantity, operatorOf } from './number-functions.js';

/** Numbers of the match group of each row, of both sides. */
interface MatchGroups {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly count: number;
}

function matchGroups(left: Frame, right: Frame, { labels, isOn }: VectorMatching): MatchGroups {
  const names = isOn ? labels.toSorted() : [...labels, METRIC_NAME];
  const numbers = new Map<string, number>();
  const numberOf = (row: LabelSet) => {
    const key = groupKey(row, names, !isOn);
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = numbers.size));
    return number;
  };
  const [leftGroups, rightGroups] = [left, right].map(({ rows }) =>
    rows.map((it) => numberOf(it.labels)),
  );
  return { left: leftGroups!, right: rightGroups!, count: numbers.size };
}

/** Evaluates `and`, `or` and `unless` of two instant vectors. */
export function* setOperation(it: Binary, left: Frame, right: Frame): Steps<Frame> {
  const { steps } = left;
  const groups = matchGroups(left, right, it.matching);
  // `and` and `unless` ask what the right side has, `or` what the left side has.
  const [asked, askedGroups] = it.operator === 'or' ? [left, groups.left] : [right, groups.right];
  const has = new Uint8Array(groups.count * steps);
  for (const [row, group] of askedGroups.entries()) {
    for (let step = 0; step < steps; step++) {
      if (asked.present[row * steps + step] === 1) has[group * steps + step] = 1;
    }
  }
  yield;
  const filtered = it.operator === 'or' ? right : left;
  const filteredGroups = it.operator === 'or' ? groups.right : groups.left;
  const wanted = it.operator === 'and' ? 1 : 0;
  const present = filtered.present.slice();
  for (const [row, group] of filteredGroups.entries()) {
    for (let step = 0; step < steps; step++) {
      if (has[group * steps + step] !== wanted) present[row * steps + step] = 0;
    }
  }
  const result = { ...filtered, present };
  if (it.operator !== 'or') return result;
  yield;
  const union = new FrameBuilder(steps, left.rows.length + right.rows.length);
  for (const frame of [left, result]) {
    for (const [row, it] of frame.rows.entries()) union.add(frame, row, it);
  }
  return union.build();
}

/** Evaluates an arithmetic or comparison operator of an instant vector and a scalar. */
export function* scalarOperation(
  { operator, returnsBool }: Binary,
  frame: Frame,
  { scalar, isLeft }: { readonly scalar: Float64Array; readonly isLeft: boolean },
): Steps<Frame> {
  const { rows, steps } = frame;
  const compute = operatorOf(operator, returnsBool);
  const drops = returnsBool || changesQuantity(operator);
  const keepsVector = !drops && isLeft;
  const result = emptyFrame(
    drops ? rows.map(({ labels }) => ({ labels, dropsName: true })) : rows,
    steps,
  );
  for (let row = 0; row < rows.length; row++) {
    if (row % ROWS_PER_YIELD === 0) yield;
    for (let step = 0; step < steps; step++) {
      const at = row * steps + step;
      if (frame.present[at] === 0) continue;
      const own = frame.values[at]!;
      const other = scalar[step]!;
      const value = isLeft ? compute(other, own) : compute(own, other);
      if (value === undefined) continue;
      // A comparison keeps the value of the vector on either side.
      result.values[at] = keepsVector ? own : value;
      result.present[at] = 1;
    }
  }
  return result;
}

const ROWS_PER_YIELD = 64;

/** Evaluates an arithmetic or comparison operator of two instant vectors. */
export function* vectorOperation(it: Binary, left: Frame, right: Frame): Steps<Frame> {
  const operation = new VectorOperation(it, left, right);
  for (let step = 0; step < left.steps; step++) {
    yield;
    operation.compute(step);
  }
  return operation.result.build();
}

/** One side has one series in a group, the other one may have several. Steps share what is known about the labels. */
class VectorOperation {
  readonly result: FrameBuilder;
  readonly #it: Binary;
  readonly #many: Frame;
  readonly #one: Frame;
  readonly #groupsOfMany: readonly number[];
  readonly #groupsOfOne: readonly number[];
  readonly #compute: (many: number, one: number) => number | undefined;
  /** Row of the one side for each group at the current step; -1 for none. */
  readonly #oneByGroup: Int32Array;
  /** Rows of the result by rows of the operands. */
  readonly #resultRows = new Map<number, number>();
  /** Result rows of each group at the current step. */
  readonly #matched = new Map<number, Set<number>>();

  constructor(it: Binary, left: Frame, right: Frame) {
    const groups = matchGroups(left, right, it.matching);
    const isManyRight = it.matching.many === 'right';
    const compute = operatorOf(it.operator, it.returnsBool);
    this.#it = it;
    this.#many = isManyRight ? right : left;
    this.#one = isManyRight ? left : right;
    this.#groupsOfMany = isManyRight ? groups.right : groups.left;
    this.#groupsOfOne = isManyRight ? groups.left : groups.right;
    this.#compute = isManyRight ? (many, one) => compute(one, many) : compute;
    this.#oneByGroup = new Int32Array(groups.count);
    this.result = new FrameBuilder(left.steps, this.#many.rows.length);
  }

  compute(step: number): void {
    this.#findOnes(step);
    this.#matched.clear();
    const { present, values, steps, rows } = this.#many;
    for (let row = 0; row < rows.length; row++) {
      const at = row * steps + step;
      const group = this.#groupsOfMany[row]!;
      const one = this.#oneByGroup[group]!;
      if (present[at] === 0 || one === -1) continue;
      const target = this.#resultRow(row, one);
      this.#checkUnique(group, target);
      const value = this.#compute(values[at]!, this.#one.values[one * steps + step]!);
      if (value !== undefined) this.result.set(target, step, value);
    }
  }

  #findOnes(step: number): void {
    const { present, steps, rows } = this.#one;
    const found = this.#oneByGroup.fill(-1);
    for (let row = 0; row < rows.length; row++) {
      if (present[row * steps + step] === 0) continue;
      const group = this.#groupsOfOne[row]!;
      const other = found[group]!;
      if (other !== -1) throw this.#duplicate(row, other);
      found[group] = row;
    }
  }

  #checkUnique(group: number, target: number): void {
    const targets = this.#matched.get(group) ?? new Set();
    const isExplicit = this.#it.matching.many !== 'none';
    if (isExplicit ? targets.has(target) : targets.size > 0) throw multipleMatches(isExplicit);
    this.#matched.set(group, targets.add(target));
  }

  #resultRow(many: number, one: number): number {
    const pair = many * this.#one.rows.length + one;
    const known = this.#resultRows.get(pair);
    if (known !== undefined) return known;
    const labels = this.#resultLabels(this.#many.rows[many]!.labels, this.#one.rows[one]!.labels);
    const row = this.result.row(labels, this.#it.returnsBool);
    this.#resultRows.set(pair, row);
    return row;
  }

  #resultLabels(many: LabelSet, one: LabelSet): LabelSet {
    const { operator, matching } = this.#it;
    let labels = changesQuantity(operator) ? many.without([METRIC_NAME]) : many;
    if (matching.many === 'none') {
      labels = matching.isOn ? labels.only(matching.labels) : labels.without(matching.labels);
    }
    return matching.include.reduce((result, name) => result.with(name, one.get(name)), labels);
  }

  #duplicate(row: number, other: number): QueryError {
    const { labels, isOn, many } = this.#it.matching;
    const series = [row, other].map((it) => this.#one.rows[it]!.labels);
    const [first, second] = series.map(String).toSorted();
    const group = isOn ? series[0]!.only(labels) : series[0]!.without([...labels, METRIC_NAME]);
    const side = many === 'right' ? 'left' : 'right';
    const place = `for the match group ${group.toString()} on the ${side} hand-side of the operation`;
    const rule = 'many-to-many matching not allowed: matching labels must be unique on one side';
    const detail = `found duplicate series ${place}: [${first}, ${second}];${rule}`;
    return new QueryError('OBS_QUERY_FAILED', { detail });
  }
}

function multipleMatches(isExplicit: boolean): QueryError {
  const rule = isExplicit
    ? 'grouping labels must ensure unique matches'
    : 'many-to-one matching must be explicit (group_left/group_right)';
  return new QueryError('OBS_QUERY_FAILED', { detail: `multiple matches for labels: ${rule}` });
}
