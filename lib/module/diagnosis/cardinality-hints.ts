import type { DiagnosisInputs } from './diagnosis-inputs.js';

/** Options of `cardinality` that have no effect: at the start nobody knows which metrics the application will define. */
export function cardinalityHints({ runtime }: DiagnosisInputs): string[] {
  const { cardinality } = runtime.registry;
  const metrics = runtime.registry.list();
  const isRuled = (label: string, name?: string) =>
    metrics.some(
      ({ definition, bounds }) =>
        (name === undefined || definition.name === name) &&
        bounds.rules[(definition.labels ?? []).indexOf(label)] !== undefined,
    );
  const unused = cardinality.ruledLabels.filter((it) => !isRuled(it));
  const byMetric = cardinality.namedMetrics.flatMap(([name, labels]) =>
    runtime.registry.get(name) === undefined
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
