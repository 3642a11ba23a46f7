import type { Counter } from '../instruments/counter.js';
import type { Gauge } from '../instruments/gauge.js';
import type { Histogram } from '../instruments/histogram.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import type { MetricRegistry } from '../registry.js';

type LabelsOf<D> = D extends { labels: readonly (infer L extends string)[] } ? L : never;

type InstrumentOf<D extends MetricDefinition> = D['type'] extends 'counter'
  ? Counter<LabelsOf<D>>
  : D['type'] extends 'gauge'
    ? Gauge<LabelsOf<D>>
    : Histogram<LabelsOf<D>>;

/** The instruments of one part of the catalogue, under the same keys. */
export type CatalogueInstruments<C extends Record<string, MetricDefinition>> = {
  readonly [K in keyof C]: InstrumentOf<C[K]>;
};

/** How the catalogue is named and labelled in one application. */
export interface CatalogueNaming {
  /** First word of every metric name. */
  readonly namespace: string;
  /** Further label names of command, query and projection metrics. */
  readonly handlerLabels?: readonly string[];
}

const NAMESPACE = /^eventcore_/;

/** Labels of the catalogue with values that the application makes; the values of the others are the library's own lists. */
const OPEN_LABELS = [
  'command_type',
  'query_type',
  'projection_name',
  'operation',
  'stream_category',
  'error_type',
  'endpoint',
] as const;

/** Registers one part of the catalogue. */
export function registerCatalogue<C extends Record<string, MetricDefinition>>(
  registry: MetricRegistry,
  part: C,
  { namespace, handlerLabels = [] }: CatalogueNaming,
): CatalogueInstruments<C> {
  const openLabels = [...OPEN_LABELS, ...handlerLabels];
  const entries = Object.entries(part).map(([key, definition]) => {
    const { otelName, labels } = definition;
    const named: MetricDefinition = {
      ...definition,
      name: definition.name.replace(NAMESPACE, `${namespace}_`),
      ...(otelName && { otelName: otelName.replace('eventcore.', `${namespace}.`) }),
      ...(labels && { labels: [...labels, ...handlerLabels] }),
    };
    return [key, registry.registerValid(named, openLabels)];
  });
  return Object.fromEntries(entries) as CatalogueInstruments<C>;
}
