import { LabelSet } from '../label-set.js';
import { QueryError } from '../query-error.js';

/** Times at which an expression is evaluated: `startMs + i * stepMs`. */
export interface Grid {
  /** First time: Unix time in milliseconds. */
  readonly startMs: number;
  /** Distance of two times in milliseconds, above 0. */
  readonly stepMs: number;
  /** Number of times; 0 for an empty range. */
  readonly count: number;
}

/** Returns the grid from a time to another one, both inclusive. */
export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  return { startMs, stepMs, count: Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1) };
}

/**
 * Work that can be interrupted: it yields where little time has passed, so that its driver can let the event loop run.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Series of an instant vector. */
export interface Row {
  readonly labels: LabelSet;
  /**
   * The result loses its metric name when the query is done. Until then the name keeps series apart, so that
   * `rate({__name__=~"a|b"}[5m]) or …` does not fail half-way.
   */
  readonly dropsName: boolean;
}

/** Instant vectors of a grid, one row for each series: step `i` of row `r` is at `r * steps + i`. */
export interface Frame {
  readonly rows: readonly Row[];
  readonly steps: number;
  readonly values: Float64Array;
  /** 1 where the row has a value. */
  readonly present: Uint8Array;
}

/** Creates a frame without values. */
export function emptyFrame(rows: readonly Row[], steps: number): Frame {
  const size = rows.length * steps;
  return { rows, steps, values: new Float64Array(size), present: new Uint8Array(size) };
}

/** Returns a frame with one row without labels that has a value at each step. */
export function constantFrame(values: Float64Array): Frame {
  const rows = [{ labels: LabelSet.empty, dropsName: false }];
  return { rows, steps: values.length, values, present: new Uint8Array(values.length).fill(1) };
}

/** Returns some rows of a frame, in the given order. */
export function pickRows({ rows, steps, values, present }: Frame, kept: readonly number[]): Frame {
  const picked = emptyFrame(
    kept.map((it) => rows[it]!),
    steps,
  );
  for (const [i, row] of kept.entries()) {
    picked.values.set(values.subarray(row * steps, (row + 1) * steps), i * steps);
    picked.present.set(present.subarray(row * steps, (row + 1) * steps), i * steps);
  }
  return picked;
}

/** Collects values of series that are found one after the other. Values of equal label sets form one row. */
export class FrameBuilder {
  readonly #steps: number;
  readonly #rows: Row[] = [];
  readonly #indices = new Map<string, number>();
  #values: Float64Array;
  #present: Uint8Array;

  /** @param expectedRows - Number of rows to make room for. */
  constructor(steps: number, expectedRows: number) {
    this.#steps = steps;
    this.#values = new Float64Array(expectedRows * steps);
    this.#present = new Uint8Array(expectedRows * steps);
  }

  /** Returns the index of the row with these labels. */
  row(labels: LabelSet, dropsName: boolean): number {
    const known = this.#indices.get(labels.key);
    if (known !== undefined) return known;
    const index = this.#rows.push({ labels, dropsName }) - 1;
    this.#indices.set(labels.key, index);
    if (this.#rows.length * this.#steps > this.#values.length) this.#grow();
    return index;
  }

  /** @throws QueryError `OBS_QUERY_FAILED` for a second value at one step. */
  set(row: number, step: number, value: number): void {
    const at = row * this.#steps + step;
    if (this.#present[at] === 1) throw duplicateLabels(this.#rows[row]!.labels);
    this.#values[at] = value;
    this.#present[at] = 1;
  }

  /** Adds all values of a row of a frame. */
  add(frame: Frame, index: number, { labels, dropsName }: Row): void {
    const row = this.row(labels, dropsName);
    for (let step = 0; step < this.#steps; step++) {
      const at = index * this.#steps + step;
      if (frame.present[at] === 1) this.set(row, step, frame.values[at]!);
    }
  }

  /** Returns the rows. */
  build(): Frame {
    const size = this.#rows.length * this.#steps;
    return {
      rows: this.#rows,
      steps: this.#steps,
      values: this.#values.subarray(0, size),
      present: this.#present.subarray(0, size),
    };
  }

  #grow(): void {
    const size = Math.max(16 * this.#steps, 2 * this.#values.length);
    const values = new Float64Array(size);
    const present = new Uint8Array(size);
    values.set(this.#values);
    present.set(this.#present);
    this.#values = values;
    this.#present = present;
  }
}

/** Returns the error of a result that has one label set twice. */
export function duplicateLabels(labels: LabelSet): QueryError {
  const detail = `vector cannot contain metrics with the same labelset: ${labels.toString()}`;
  const remedy = 'Aggregate, or keep the labels apart with label_replace.';
  return new QueryError('OBS_QUERY_FAILED', { detail, remedy });
}
