/**
 * Alerts on the metrics of the catalogue.
 *
 * @packageDocumentation
 */

export type {
  AlertDefinition,
  AlertExample,
  AlertParameter,
  AlertScope,
  AlertSeverity,
  ParameterUnit,
  PrometheusDuration,
  Runbook,
} from './alert-definition.js';
export { alertDefinitions, type AlertName, alerts, type NamedAlert } from './alert-definitions.js';
