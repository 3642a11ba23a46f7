import type { Expression } from '../language/expression.js';
import { compareLabels, LabelSet, METRIC_NAME } from '../label-set.js';
import { compilePattern } from '../pattern/pattern.js';
import { QueryError } from '../query-error.js';
import { emptyFrame, type Frame, FrameBuilder, pickRows, type Row, type Steps } from './frame.js';

/** Evaluates `label_replace`; the arguments are target, replacement, source and expression. */
export function* replaceLabel(
  frame: Frame,
  [target = '', replacement = '', source = '', expression = '']: readonly string[],
): Steps<Frame> {
  checkLabel(target, 'destination', 'label_replace');
  const pattern = compilePattern(expression);
  return yield* relabelled(frame, (row) => {
    const value = pattern.expand(row.labels.get(source), replacement);
    return value === undefined ? row : withLabel(row, target, value);
  });
}

/** Evaluates `label_join`; the arguments are target, separator and sources. */
export function* joinLabels(
  frame: Frame,
  [target = '', separator = '', ...sources]: readonly string[],
): Steps<Frame> {
  for (const it of sources) checkLabel(it, 'source', 'label_join');
  checkLabel(target, 'destination', 'label_join');
  return yield* relabelled(frame, (row) => {
    const value = sources.map((it) => row.labels.get(it)).join(separator);
    return withLabel(row, target, value);
  });
}

function withLabel({ labels, dropsName }: Row, name: string, value: string): Row {
  return { labels: labels.with(name, value), dropsName: name === METRIC_NAME ? false : dropsName };
}

function* relabelled(frame: Frame, change: (row: Row) => Row): Steps<Frame> {
  const result = new FrameBuilder(frame.steps, frame.rows.length);
  for (const [i, row] of frame.rows.entries()) {
    yield;
    result.add(frame, i, change(row));
  }
  return result.build();
}

function checkLabel(name: string, role: string, func: string): void {
  // Bytes of an escape sequence that are no UTF-8 were replaced.
  if (name !== '' && !name.includes('\ufffd')) return;
  const detail = `invalid ${role} label name in ${func}(): ${name}`;
  throw new QueryError('OBS_QUERY_FAILED', { detail, remedy: 'Name the label.' });
}

/** Evaluates `sort_by_label` and `sort_by_label_desc`: numbers within values are compared as numbers. */
export function sortByLabels(frame: Frame, names: readonly string[], isDescending: boolean): Frame {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const rows = frame.rows.map((_, i) => i);
  rows.sort((left, right) => {
    const [a, b] = [frame.rows[left]!.labels, frame.rows[right]!.labels];
    const different = names.find((it) => a.get(it) !== b.get(it));
    const order =
      (different !== undefined && compare(a.get(different), b.get(different))) ||
      compareLabels(a, b);
    return isDescending ? -order : order;
  });
  return pickRows(frame, rows);
}

/** Returns the labels of the result of `absent`: those that the selector asks for by value. */
function absentLabels(argument: Expression): LabelSet {
  const selector = argument.kind === 'range' ? argument.selector : argument;
  if (selector.kind !== 'selector') return LabelSet.empty;
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    labels[name] = operator === '=' && !seen.has(name) ? value : '';
    if (operator === '=') seen.add(name);
  }
  return LabelSet.of(labels);
}

/** Returns 1 at the steps at which a frame has no value. */
export function absent(frame: Frame, argument: Expression): Frame {
  const { rows, steps, present } = frame;
  const labels = absentLabels(argument);
  const result = emptyFrame([{ labels, dropsName: true }], steps);
  result.values.fill(1);
  result.present.fill(1);
  for (let row = 0; row < rows.length; row++) {
    for (let step = 0; step < steps; step++) {
      if (present[row * steps + step] === 1) result.present[step] = 0;
    }
  }
  return result;
}
