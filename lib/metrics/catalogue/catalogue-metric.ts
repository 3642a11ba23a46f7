import { CLOSED_SET, type MetricDefinition } from '../definition/metric-definition.js';

/**
 * Origin of a label's values: `open` values are made by the application and fall under the cardinality rules; `closed`
 * values are a list of the library, or names that the application configures.
 */
type LabelValues = 'open' | 'closed';

/** A condition that must be met before a metric has a value. */
export type MetricNeed =
  /** A handler of the kind whose metric it is. */
  | 'handler'
  /** An option of the decorator of that kind. */
  | `option ${string}`
  | 'projection'
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
  | 'schedule'
  | 'queue'
  | 'messages'
  | 'websocket gateway'
  | 'outbound'
  | 'graphql'
  | 'http metrics'
  | 'aggregator'
  | 'logging'
  | 'history'
  | 'pipelines'
  | 'performance'
  | 'alerting'
  | 'databases'
  | 'usage'
  | 'mesh'
  | 'machine-learning'
  | 'gen-ai';

/** A catalogue metric: its definition, the origin of its label values, and the reasons for its absence. */
export interface CatalogueMetric<L extends string = string> extends Omit<
  MetricDefinition<L>,
  'labels'
> {
  /** Origin of the values by label name, in exposition order. @defaultValue no labels */
  readonly labels?: Readonly<Record<L, LabelValues>>;
  /** Conditions in the order of their checks. @defaultValue none */
  readonly needs?: readonly MetricNeed[];
  /** Reason why the metric has no value above 0 although its needs are met. */
  readonly absentWhen: string;
  /** Reason why a gauge is 0. @defaultValue `absentWhen` */
  readonly zeroWhen?: string;
}

/** Returns the labels whose values the application supplies. */
export function openLabelsOf({ labels = {} }: CatalogueMetric): string[] {
  return Object.keys(labels).filter((it) => labels[it] === 'open');
}

/** Returns the definition of a catalogue metric. A metric whose labels are all closed has the series limit of a closed set. */
export function definitionOf(metric: CatalogueMetric): MetricDefinition {
  const { labels, needs: _needs, absentWhen: _absent, zeroWhen: _zero, ...definition } = metric;
  if (labels === undefined) return definition;
  return {
    ...definition,
    labels: Object.keys(labels),
    ...(openLabelsOf(metric).length === 0 && { seriesLimit: definition.seriesLimit ?? CLOSED_SET }),
  };
}

/** First word of the names in the catalogue, and the default of the option `namespace`. */
export const OWN_NAMESPACE = 'eventcore';

const PREFIX = new RegExp(`^${OWN_NAMESPACE}_`);

/** Returns the name of a catalogue metric in a namespace. */
export function nameIn(namespace: string, name: string): string {
  return name.replace(PREFIX, `${namespace}_`);
}
