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

/** Returns true for the labels of an alert that is kept back. */
export type IsInhibited = (labels: LabelSet) => boolean;

/** Inhibits alerts as Alertmanager does. */
export class Inhibitions {
  readonly #plans: readonly InhibitionPlan[];

  constructor(plans: readonly InhibitionPlan[]) {
    this.#plans = plans;
  }

  /**
   * Returns a test for alerts that others keep back.
   *
   * @param firing - Labels of all firing alerts.
   */
  among(firing: readonly LabelSet[]): IsInhibited {
    const tests = this.#plans.map((it) => isInhibitedBy(it, firing));
    return (labels) => tests.some((it) => it(labels));
  }
}

function isInhibitedBy({ source, target, equal }: InhibitionPlan, firing: readonly LabelSet[]) {
  const thingOf = (labels: LabelSet) => labels.only(equal).key;
  const sources = firing.filter((it) => matchesAll(source, it));
  const things = new Set(sources.map(thingOf));
  // Alerts that are on both sides do not keep each other back.
  const ofOthers = new Set(sources.filter((it) => !matchesAll(target, it)).map(thingOf));
  return (labels: LabelSet) => {
    if (things.size === 0 || !matchesAll(target, labels)) return false;
    return (matchesAll(source, labels) ? ofOthers : things).has(thingOf(labels));
  };
}
