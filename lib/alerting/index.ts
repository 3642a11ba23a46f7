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
export { alertmanagerFiles, type AlertmanagerFiles, type ReceiverOptions } from './alertmanager.js';
export type { AlertOptions } from './alert-options.js';
export { type AlertingRule, alertRules, type RuleGroup } from './alert-rules.js';
export { documentText } from './document-text.js';
export {
  prometheusRuleResource,
  type PrometheusRuleResource,
  prometheusRules,
  type PrometheusRules,
} from './prometheus-rules.js';
export { promtoolTests, type PromtoolTest, type PromtoolTests } from './promtool-tests.js';
export { runbooks } from './runbooks.js';
export type { RecordingRule, SloOptions } from './slo-rules.js';
