import { foldReason } from '../../metrics/cardinality/fold-report.js';
import {
  type CatalogueMetric,
  nameIn,
  OWN_NAMESPACE,
} from '../../metrics/catalogue/catalogue-metric.js';
import { catalogueMetrics } from '../../metrics/catalogue/catalogue.js';
import { OpenMetric } from '../../metrics/instruments/open-metric.js';
import type { MeasuredKind } from '../../metrics/recorders/handler-metrics.js';
import type { RegisteredMetric } from '../../metrics/instruments/any-instrument.js';
import type { MetricSnapshot } from '../../metrics/snapshot/snapshot.js';
import type { DiagnosisInputs } from './diagnosis-inputs.js';
import type { MetricDiagnosis } from './diagnosis.js';
import { silenceReasons } from './metric-needs.js';

/** Returns the name of a catalogue metric in the application's namespace. */
function namedHere({ runtime }: DiagnosisInputs, name: string): string {
  const { namespace = OWN_NAMESPACE } = runtime.options;
  return nameIn(namespace, name);
}

/** Returns the diagnoses of all metrics: those of the catalogue first, registered or not, then custom ones. */
export function diagnoseMetrics(inputs: DiagnosisInputs): MetricDiagnosis[] {
  const { registry } = inputs.runtime;
  const snapshots = new Map(
    registry.snapshot().metrics.map((it) => [it.definition.name, it] as const),
  );
  const folded = foldedLookUps(inputs, snapshots);
  const catalogue = [...new Set([...catalogueMetrics, ...metricsOfKinds(inputs).keys()])];
  const known = new Map(catalogue.map((it) => [namedHere(inputs, it.name), it] as const));
  const seen = seenNeeds(inputs);
  const own = registry.metrics().map((it) => it.definition.name);
  return [...new Set([...known.keys(), ...own])].map((name) =>
    diagnoseMetric(inputs, {
      name,
      entry: known.get(name),
      seen,
      instrument: registry.find(name),
      snapshot: snapshots.get(name),
      folded: folded.get(name) ?? 0,
    }),
  );
}

interface Known {
  readonly name: string;
  /** Catalogue entry; `undefined` for a custom metric. */
  readonly entry: CatalogueMetric | undefined;
  readonly seen: ReadonlySet<string>;
  readonly instrument: RegisteredMetric | undefined;
  readonly snapshot: MetricSnapshot | undefined;
  readonly folded: number;
}

function diagnoseMetric(inputs: DiagnosisInputs, metric: Known): MetricDiagnosis {
  const { name, entry, instrument, snapshot, folded } = metric;
  const recorded = snapshot?.blocks.some(({ values }) => values.some((it) => it !== 0)) ?? false;
  return {
    name,
    registered: instrument !== undefined,
    type: (instrument?.definition ?? entry)?.type ?? 'gauge',
    series: snapshot?.blocks.reduce((sum, it) => sum + it.labelSets.length, 0) ?? 0,
    recorded,
    folded,
    reasons: [
      ...(recorded ? [] : whyNothing(inputs, metric)),
      ...(folded > 0 && instrument !== undefined
        ? [`It ${foldReason(instrument)}; ${folded} look-ups went to __other__.`]
        : []),
    ],
  };
}

function whyNothing(
  inputs: DiagnosisInputs,
  { entry, instrument, seen }: Known,
): readonly string[] {
  if (!inputs.runtime.enabled) return ['The option enabled is false: nothing is recorded.'];
  const isShown = (instrument?.shownCount ?? 0) > 0;
  if (entry !== undefined)
    return silenceReasons(inputs, {
      metric: entry,
      kind: metricsOfKinds(inputs).get(entry),
      isZero: isShown && entry.type === 'gauge',
      seen,
    });
  return isShown
    ? ['The application defined it and has recorded nothing but 0.']
    : ['The application defined it and has not called labels() on it.'];
}

/** Kinds of handlers by their metrics. */
function metricsOfKinds({ runtime }: DiagnosisInputs): ReadonlyMap<CatalogueMetric, MeasuredKind> {
  const { kinds } = runtime.handlers;
  return new Map(
    kinds.flatMap((kind) => Object.values(kind.metrics).map((it) => [it, kind] as const)),
  );
}

/** Returns the needs of metrics with series, and the kinds that record them, which were therefore used. */
function seenNeeds(inputs: DiagnosisInputs): ReadonlySet<string> {
  const { registry } = inputs.runtime;
  const isSeen = ({ name, labels }: CatalogueMetric) =>
    labels !== undefined && (registry.get(namedHere(inputs, name))?.shownCount ?? 0) > 0;
  const kinds = [...metricsOfKinds(inputs)].filter(([metric]) => isSeen(metric));
  return new Set([
    ...catalogueMetrics.filter(isSeen).flatMap(({ needs = [] }) => needs),
    ...kinds.map(([, { name }]) => name),
  ]);
}

function foldedLookUps(
  inputs: DiagnosisInputs,
  snapshots: ReadonlyMap<string, MetricSnapshot>,
): ReadonlyMap<string, number> {
  const counter = snapshots.get(namedHere(inputs, 'eventcore_observability_series_folded_total'));
  const [block] = counter?.blocks ?? [];
  return new Map(
    block?.labelSets.map(([metric = ''], i) => [metric, block.values[i] as number] as const),
  );
}

function hasRule(metric: RegisteredMetric, label: string): boolean {
  const { definition, bounds } = metric;
  if (metric instanceof OpenMetric) return metric.labelNames.has(label);
  return bounds.rules[(definition.labels ?? []).indexOf(label)] !== undefined;
}

/**
 * Returns hints for `cardinality` options without an effect. At the start, the metrics of the
 * application are not known yet.
 */
export function cardinalityHints({ runtime }: DiagnosisInputs): string[] {
  const { cardinality } = runtime.registry;
  const metrics = runtime.registry.metrics();
  const isRuled = (label: string, name?: string) =>
    metrics.some((it) => (name === undefined || it.definition.name === name) && hasRule(it, label));
  const unused = cardinality.ruledLabels.filter((it) => !isRuled(it));
  const byMetric = cardinality.namedMetrics.flatMap(([name, labels]) =>
    runtime.registry.find(name) === undefined
      ? [`cardinality.perMetric.${name}: there is no metric of that name.`]
      : labels
          .filter((it) => !isRuled(it, name))
          .map((it) => `cardinality.perMetric.${name}.labels.${it}: the metric has no such label.`),
  );
  return [
    ...unused.map(
      (it) =>
        `cardinality.labels.${it}: no metric has a label of that name with values of the application.`,
    ),
    ...byMetric,
  ];
}
