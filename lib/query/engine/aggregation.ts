import type { Aggregation } from '../language/expression.js';
import { groupKey, METRIC_NAME } from '../label-set.js';
import { QueryError } from '../query-error.js';
import { emptyFrame, type Frame, FrameBuilder, pickRows, type Row, type Steps } from './frame.js';
import { formatDecimal } from './number-functions.js';
import {
  indexOfMax,
  indexOfMin,
  meanOf,
  quantileOf,
  type Span,
  sumOf,
  varianceOf,
} from './statistics.js';

/** Rows that are aggregated into one. */
interface Group extends Row {
  readonly members: readonly number[];
}

type Aggregate = (span: Span, parameter: number) => number;

const aggregates: Readonly<Record<string, Aggregate>> = {
  sum: sumOf,
  avg: meanOf,
  count: ({ from, to }) => to - from,
  min: (it) => it.values[indexOfMin(it)]!,
  max: (it) => it.values[indexOfMax(it)]!,
  group: () => 1,
  stddev: (it) => Math.sqrt(varianceOf(it)),
  stdvar: varianceOf,
  quantile: (it, parameter) => quantileOf(parameter, it),
};

/**
 * Evaluates an aggregation, except for `count_values`.
 *
 * @param parameter - Value of the parameter at each step.
 */
export function* aggregate(
  it: Aggregation,
  frame: Frame,
  parameter: Float64Array | undefined,
): Steps<Frame> {
  const groups = groupsOf(frame, it);
  const valueOf = aggregates[it.operator];
  if (valueOf === undefined) return yield* pick(it.operator, { frame, groups }, parameter!);
  const { steps } = frame;
  const result = emptyFrame(groups, steps);
  const largest = groups.reduce((most, { members }) => Math.max(most, members.length), 0);
  const values = new Float64Array(largest);
  for (const [row, { members }] of groups.entries()) {
    yield;
    for (let step = 0; step < steps; step++) {
      let to = 0;
      for (const member of members) {
        const at = member * steps + step;
        if (frame.present[at] === 1) values[to++] = frame.values[at]!;
      }
      if (to === 0) continue;
      result.values[row * steps + step] = valueOf({ values, from: 0, to }, parameter?.[step] ?? 0);
      result.present[row * steps + step] = 1;
    }
  }
  return result;
}

/** Evaluates `count_values`: the number of series with each value. */
export function* countValues(it: Aggregation, frame: Frame, label: string): Steps<Frame> {
  if (label === '') throw failed('invalid label name ""', 'Name the label.');
  const { rows, steps } = frame;
  const counts = new FrameBuilder(steps, 16);
  for (let step = 0; step < steps; step++) {
    yield;
    const found = new Map<number, number>();
    for (const [row, { labels }] of rows.entries()) {
      const at = row * steps + step;
      if (frame.present[at] === 0) continue;
      const labelled = labels.with(label, formatDecimal(frame.values[at]!));
      const chosen = it.isWithout
        ? labelled.without([...it.grouping, METRIC_NAME])
        : labelled.only([...it.grouping, label]);
      const index = counts.row(chosen, false);
      found.set(index, (found.get(index) ?? 0) + 1);
    }
    for (const [index, count] of found) counts.set(index, step, count);
  }
  return counts.build();
}

function groupsOf({ rows }: Frame, { grouping, isWithout }: Aggregation): readonly Group[] {
  const names = isWithout ? [...grouping, METRIC_NAME] : grouping;
  const groups = new Map<
    string,
    { labels: Row['labels']; dropsName: boolean; members: number[] }
  >();
  for (const [i, { labels, dropsName }] of rows.entries()) {
    const key = groupKey(labels, names, isWithout);
    let group = groups.get(key);
    if (group === undefined) {
      const chosen = isWithout ? labels.without(names) : labels.only(names);
      groups.set(key, (group = { labels: chosen, dropsName: false, members: [] }));
    }
    group.members.push(i);
    group.dropsName ||= dropsName;
  }
  return [...groups.values()];
}

interface Grouped {
  readonly frame: Frame;
  readonly groups: readonly Group[];
}

/** Evaluates the operators that pick series of each group: `topk`, `bottomk`, `limitk` and `limit_ratio`. */
function* pick(
  operator: string,
  { frame, groups }: Grouped,
  parameter: Float64Array,
): Steps<Frame> {
  const isRatio = operator === 'limit_ratio';
  for (const it of parameter) checkParameter(it, isRatio);
  const { steps } = frame;
  const present = new Uint8Array(frame.present.length);
  const order: number[] = [];
  for (const { members } of groups) {
    yield;
    for (let step = 0; step < steps; step++) {
      const at = (row: number) => row * steps + step;
      const having = members.filter((row) => frame.present[at(row)] === 1);
      const chosen = isRatio
        ? having.filter((row) => isInRatio(frame.rows[row]!, parameter[step]!))
        : sortedFor(operator, having, (row) => frame.values[at(row)]!).slice(
            0,
            Math.max(0, Math.trunc(parameter[step]!)),
          );
      for (const row of chosen) present[at(row)] = 1;
      if (steps === 1) order.push(...chosen);
    }
  }
  const result = { ...frame, present };
  return steps === 1 ? pickRows(result, order) : result;
}

function sortedFor(
  operator: string,
  rows: readonly number[],
  valueOf: (row: number) => number,
): readonly number[] {
  return operator === 'limitk' ? rows : sortRows(rows, valueOf, operator === 'topk');
}

/** Sorts rows by value; `NaN` comes last in both directions. */
export function sortRows(
  rows: readonly number[],
  valueOf: (row: number) => number,
  isDescending: boolean,
): readonly number[] {
  return rows.toSorted((left, right) => {
    const a = valueOf(left);
    const b = valueOf(right);
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a === b ? 0 : a < b === isDescending ? 1 : -1;
  });
}

function checkParameter(value: number, isRatio: boolean): void {
  const remedy = isRatio ? 'Use a ratio from -1 to 1.' : 'Use a whole number.';
  if (Number.isNaN(value)) {
    throw failed(isRatio ? 'Ratio value is NaN' : 'Parameter value is NaN', remedy);
  }
  if (!isRatio && Math.abs(value) >= 2 ** 63) {
    const direction = value < 0 ? 'underflows' : 'overflows';
    throw failed(`Scalar value ${value} ${direction} int64`, remedy);
  }
}

/** Returns true for a stable share of all label sets: a ratio and its negative complement pick all of them once. */
function isInRatio({ labels }: Row, ratio: number): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < labels.key.length; i++) {
    hash = Math.imul(hash ^ labels.key.charCodeAt(i), 0x01000193);
  }
  // The last characters must reach the high bits as well.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const offset = ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}

function failed(detail: string, remedy: string): QueryError {
  return new QueryError('OBS_QUERY_FAILED', { detail, remedy });
}
