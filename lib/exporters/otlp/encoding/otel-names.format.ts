import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';

// The codes of UCUM, which OpenTelemetry uses. Source: https://ucum.org/ucum
const UNIT_CODES: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  celsius: 'Cel',
  grams: 'g',
  joules: 'J',
  kelvin: 'K',
  meters: 'm',
  volts: 'V',
  amperes: 'A',
};

/**
 * The name in OpenTelemetry: the one of the definition, else the dotted form. Behind a collector that writes for
 * Prometheus, the dotted form becomes the name on `/metrics` again.
 */
export function otelName({ name, otelName: own }: MetricDefinition): string {
  return own ?? name.replaceAll('_', '.');
}

/** The unit in OpenTelemetry; what UCUM does not know stands in braces. */
export function otelUnit({ unit }: MetricDefinition): string {
  if (unit === undefined) return '';
  return UNIT_CODES[unit] ?? `{${unit}}`;
}
