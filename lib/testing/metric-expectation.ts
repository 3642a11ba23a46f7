import assert from 'node:assert/strict';
import { hasLabels, type Labels, nearest, type Sample, type Samples, textOf } from './samples.js';

/** Values of all series before and after some work. */
export interface SampleChange {
  readonly before: Samples;
  readonly after: Samples;
}

// Sums of seconds are not exact.
const TOLERANCE = 1e-9;

/**
 * A metric under test: the series that have the given labels, whatever their other labels are. Of a histogram its own name and
 * `_count` are the number of observations, and `_sum` is their sum.
 */
export class MetricExpectation {
  readonly #name: string;
  readonly #labels: Labels;
  readonly #change: SampleChange;

  /** @internal */
  constructor(name: string, labels: Labels, change: SampleChange) {
    this.#name = name;
    this.#labels = labels;
    this.#change = change;
  }

  /** Sum of the values after the work. */
  get value(): number {
    return this.#sum(this.#change.after);
  }

  /** Sum of the values after the work minus the sum before it. */
  get increase(): number {
    return this.value - this.#sum(this.#change.before);
  }

  /**
   * Requires that the sum of the series has increased by an amount during the work.
   *
   * @param amount - Any number; below 0 for a gauge that has fallen.
   * @throws AssertionError which names the nearest series and how they changed.
   */
  increasedBy(amount: number): void {
    const { increase } = this;
    const isThere = amount === 0 || this.#of(this.#change.after).length > 0;
    if (isThere && isClose(increase, amount)) return;
    this.#fail(
      isThere ? `increased by ${shown(increase)}, not by ${shown(amount)}` : 'has no series',
      { actual: increase, expected: amount },
    );
  }

  /** Requires that no series has changed. @throws AssertionError */
  didNotChange(): void {
    this.increasedBy(0);
  }

  /**
   * Requires the value of the one series that has the labels.
   *
   * @throws AssertionError also if several series have the labels.
   */
  is(value: number): void {
    const found = this.#of(this.#change.after);
    if (found.length === 1 && isClose(this.value, value)) return;
    const is = { actual: this.value, expected: value };
    if (found.length === 0) this.#fail('has no series', is);
    if (found.length > 1) this.#fail(`is ${found.length} series: name more labels`, is);
    this.#fail(`is ${shown(this.value)}, not ${shown(value)}`, is);
  }

  /** Requires that no series has the labels: a value that is unknown is absent, not 0. @throws AssertionError */
  isAbsent(): void {
    const found = this.#of(this.#change.after);
    if (found.length > 0) this.#fail('is there', { actual: found.length, expected: 0 });
  }

  #of(samples: Samples): readonly Sample[] {
    return [...samples.values()].filter(
      (it) => it.name === this.#name && hasLabels(it, this.#labels),
    );
  }

  #sum(samples: Samples): number {
    return this.#of(samples).reduce((sum, it) => sum + it.value, 0);
  }

  #fail(text: string, { actual, expected }: { actual: number; expected: number }): never {
    const { before, after } = this.#change;
    const lines = nearest(after, this.#name, this.#labels).map(
      (it) => `  ${textOf(it)} ${shown(it.value)} (${changeOf(it, before)})`,
    );
    const wanted = textOf({ name: this.#name, labels: this.#labels });
    const seen = lines.length === 0 ? ['No metric has any series.'] : ['Nearest series:', ...lines];
    const message = [`${wanted} ${text}.`, ...seen].join('\n');
    throw new assert.AssertionError({ message, actual, expected, operator: 'strictEqual' });
  }
}

/**
 * Requires that series of one metric have not changed, except those that an expectation has named.
 *
 * @throws AssertionError which lists what else has changed.
 */
export function assertNothingElse(
  name: string,
  { before, after }: SampleChange,
  named: readonly Labels[],
): void {
  const changed = [...after.values()].filter(
    (it) =>
      it.name === name &&
      !isClose(it.value, before.get(textOf(it))?.value ?? 0) &&
      !named.some((labels) => hasLabels(it, labels)),
  );
  if (changed.length === 0) return;
  const lines = changed.map((it) => `  ${textOf(it)} ${changeOf(it, before)}`);
  const message = [`${name} changed for more than the test names:`, ...lines].join('\n');
  throw new assert.AssertionError({ message, actual: changed.length, expected: 0 });
}

function changeOf(sample: Sample, before: Samples): string {
  const change = sample.value - (before.get(textOf(sample))?.value ?? 0);
  return `${change < 0 ? '' : '+'}${shown(change)}`;
}

function isClose(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));
}

function shown(value: number): string {
  return String(Number(value.toPrecision(12)));
}
