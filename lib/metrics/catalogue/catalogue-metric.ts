import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/**
 * Origin of a label's values: `open` values are made by the application and fall under the cardinality rules; `closed`
 * values are a list of the library, or names that the application configures.
 */
type LabelValues = 'open' | 'closed';

/** A condition that an application meets before a metric can show a number. */
export type MetricNeed =
  | 'command'
  | 'query'
  | 'projection'
  | 'command events'
  | 'projection batches'
  | 'projection event time'
  | 'owned projection'
  | 'projection series'
  | 'readable projection'
  | 'projection lag'
  | 'projection source'
  | 'projection head'
  | 'store operation'
  | 'stream count'
  | 'stream versions'
  | 'pool'
  | 'circuit breaker'
  | 'http metrics'
  | 'aggregator';

/** A metric of the catalogue: its definition, the origin of its labels' values, and why it may show nothing. */
export interface CatalogueMetric<L extends string = string> extends Omit<
  MetricDefinition<L>,
  'labels'
> {
  /** Origin of the values by label name, in the order of exposition. @defaultValue no label */
  readonly labels?: Readonly<Record<L, LabelValues>>;
  /** Conditions, the first one first. @defaultValue none */
  readonly needs?: readonly MetricNeed[];
  /** A sentence that is true whenever the needs are met and the metric shows no number above 0. */
  readonly absentWhen: string;
  /** The sentence in place of `absentWhen` for a gauge that shows 0. @defaultValue `absentWhen` */
  readonly zeroWhen?: string;
}

/** Labels with values of the application. */
export function openLabelsOf({ labels = {} }: CatalogueMetric): string[] {
  return Object.keys(labels).filter((it) => labels[it] === 'open');
}

/** The definition of a metric of the catalogue. Closed labels alone have few series, whatever the limit for others is. */
export function definitionOf(metric: CatalogueMetric): MetricDefinition {
  const { labels, needs: _needs, absentWhen: _absent, zeroWhen: _zero, ...definition } = metric;
  if (labels === undefined) return definition;
  return {
    ...definition,
    labels: Object.keys(labels),
    ...(openLabelsOf(metric).length === 0 && { seriesLimit: definition.seriesLimit ?? CLOSED_SET }),
  };
}
