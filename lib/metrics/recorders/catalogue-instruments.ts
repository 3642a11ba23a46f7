import type { Counter } from '../instruments/counter.js';
import type { Gauge } from '../instruments/gauge.js';
import type { Histogram } from '../instruments/histogram.js';
import {
  type CatalogueMetric,
  definitionOf,
  nameIn,
  openLabelsOf,
} from '../catalogue/catalogue-metric.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import type { MetricRegistry } from '../registry.js';

type LabelsOf<D> = D extends { labels: infer L } ? Extract<keyof L, string> : never;

type InstrumentOf<D extends CatalogueMetric> = D['type'] extends 'counter'
  ? Counter<LabelsOf<D>>
  : D['type'] extends 'gauge'
    ? Gauge<LabelsOf<D>>
    : Histogram<LabelsOf<D>>;

/** Instruments of one catalogue section, by catalogue key. */
export type CatalogueInstruments<C extends Record<string, CatalogueMetric>> = {
  readonly [K in keyof C]: InstrumentOf<C[K]>;
};

/** Naming of the catalogue metrics in one application. */
export interface CatalogueNaming {
  /** First word of every metric name. */
  readonly namespace: string;
  /** Additional label names of command, query and projection metrics. */
  readonly handlerLabels?: readonly string[];
}

/** Registers the metrics of one catalogue section. */
export function registerCatalogue<C extends Record<string, CatalogueMetric>>(
  registry: MetricRegistry,
  part: C,
  { namespace, handlerLabels = [] }: CatalogueNaming,
): CatalogueInstruments<C> {
  const entries = Object.entries(part).map(([key, metric]) => {
    const definition = definitionOf(metric);
    const { otelName, labels } = definition;
    const named: MetricDefinition = {
      ...definition,
      name: nameIn(namespace, definition.name),
      ...(otelName && { otelName: otelName.replace('eventcore.', `${namespace}.`) }),
      ...(labels && { labels: [...labels, ...handlerLabels] }),
    };
    return [key, registry.registerValid(named, [...openLabelsOf(metric), ...handlerLabels])];
  });
  return Object.fromEntries(entries) as CatalogueInstruments<C>;
}
