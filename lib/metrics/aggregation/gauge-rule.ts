import type { GaugeAggregation } from '../definition/metric-definition.js';

/** Selects the aggregation of a gauge series from its label values. */
export type GaugeRule = (labelValues: readonly string[]) => GaugeAggregation;

/** Value of a gauge in one process. */
export interface GaugeValue {
  readonly value: number;
  /** Time at which the gauge was set. */
  readonly atMs: number;
}

/** Merges the values of two processes. */
export function combined(rule: GaugeAggregation, before: GaugeValue, now: GaugeValue): GaugeValue {
  switch (rule) {
    case 'sum':
      return { value: before.value + now.value, atMs: now.atMs };
    case 'max':
      return now.value > before.value ? now : before;
    case 'min':
      return now.value < before.value ? now : before;
    case 'last':
      return now.atMs >= before.atMs ? now : before;
  }
}
