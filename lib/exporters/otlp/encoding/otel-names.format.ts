import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';

// UCUM codes, which OpenTelemetry uses. Source: https://ucum.org/ucum
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
 * Returns the OpenTelemetry name of a metric: the one of its definition, else the dotted form. A
 * collector that writes for Prometheus turns the dotted form back into the name on `/metrics`.
 */
export function otelName({ name, otelName: own }: MetricDefinition): string {
  return own ?? name.replaceAll('_', '.');
}

/** Returns the OpenTelemetry unit of a metric. Units unknown to UCUM are in braces. */
export function otelUnit({ unit }: MetricDefinition): string {
  if (unit === undefined) return '';
  return UNIT_CODES[unit] ?? `{${unit}}`;
}
