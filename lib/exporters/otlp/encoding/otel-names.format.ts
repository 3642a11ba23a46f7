import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import { unitCodeOf } from '../../../metrics/definition/units.js';
import { labelNamesOf, type SeriesBlock } from '../../../metrics/snapshot/snapshot.js';

/**
 * Returns the OpenTelemetry name of a metric: the one of its definition, else the dotted form. A
 * collector that writes for Prometheus turns the dotted form back into the name on `/metrics`.
 */
export function otelName({ name, otelName: own }: MetricDefinition): string {
  return own ?? name.replaceAll('_', '.');
}

/** Returns the OpenTelemetry unit of a metric. Units unknown to UCUM are in braces. */
export function otelUnit({ unit, otelUnit: own }: MetricDefinition): string {
  return own ?? (unit === undefined ? '' : unitCodeOf(unit));
}

/** Returns the OpenTelemetry names of the labels of a block. */
export function attributeNamesOf(
  definition: MetricDefinition,
  block: SeriesBlock,
): readonly string[] {
  const names = labelNamesOf(definition, block);
  const { otelLabels } = definition;
  return otelLabels === undefined ? names : names.map((it) => otelLabels[it] ?? it);
}
