import type { MetricDefinition } from '../metrics/definition/metric-definition.js';

/** Metrics of a pack, by the name of the member that records them. */
export type PackMetrics = Readonly<Record<string, MetricDefinition>>;

/** Definition of a metric pack. */
export interface MetricPackDefinition<M extends PackMetrics = PackMetrics> {
  /** Name of the plugin and of the row on the dashboard: 1 to 64 lower-case letters, digits and hyphens. */
  readonly name: string;
  /** Metrics by member name, which is a word in camel case. */
  readonly metrics: M;
}
