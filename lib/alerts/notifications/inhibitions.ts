import type { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import { matchesAll } from './matchers.js';

/** While an alert of `source` fires, alerts of `target` on the same thing are not told. */
export interface InhibitionPlan {
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  /** Labels that both must have with one value; two missing ones are equal. */
  readonly equal: readonly string[];
}

/** Inhibits alerts as Alertmanager does. */
export class Inhibitions {
  readonly #plans: readonly InhibitionPlan[];

  constructor(plans: readonly InhibitionPlan[]) {
    this.#plans = plans;
  }

  /**
   * Returns true if a firing alert keeps another one back.
   *
   * @param firing - Labels of all firing alerts.
   */
  inhibits(labels: LabelSet, firing: readonly LabelSet[]): boolean {
    return this.#plans.some(({ source, target, equal }) => {
      if (!matchesAll(target, labels)) return false;
      // Alerts that are on both sides do not keep each other back.
      const isSource = matchesAll(source, labels);
      return firing.some(
        (it) =>
          matchesAll(source, it) &&
          !(isSource && matchesAll(target, it)) &&
          equal.every((name) => it.get(name) === labels.get(name)),
      );
    });
  }
}
