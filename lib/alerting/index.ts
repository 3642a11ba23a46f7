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
export type {
  AlertingOptions,
  AlertLeader,
  AlertRouteOptions,
  AlertRuleOptions,
  InhibitionOptions,
  ShippedAlertOptions,
} from '../alerts/alerting-options.js';
export { alerting } from '../alerts/alerting-plugin.js';
export { AlertEngine } from '../alerts/engine/alert-engine.js';
export type { MuteTime } from '../alerts/notifications/mute-times.js';
export {
  type AlertNotification,
  type AlertReceiver,
  type AlertTexts,
  NotificationError,
  type NotifiedAlert,
  type OpenReceiver,
  type ReceiverHost,
  type ReceiverRoute,
} from '../alerts/receivers/alert-receiver.js';
export {
  alertmanager,
  type AlertmanagerOptions,
} from '../alerts/receivers/alertmanager.receiver.js';
export { email, type EmailOptions, type SmtpOptions } from '../alerts/receivers/email.receiver.js';
export { heartbeat, type HeartbeatOptions } from '../alerts/receivers/heartbeat.receiver.js';
export { logReceiver } from '../alerts/receivers/log.receiver.js';
export {
  pagerDuty,
  type PagerDutyOptions,
  type PagerDutySeverity,
} from '../alerts/receivers/pager-duty.receiver.js';
export type {
  HttpReceiverOptions,
  AlertReceiverOptions,
} from '../alerts/receivers/receiver-options.js';
export { slack, type SlackOptions } from '../alerts/receivers/slack.receiver.js';
export { webhook, type WebhookOptions } from '../alerts/receivers/webhook.receiver.js';
export type { NoDataPolicy } from '../alerts/rules/rule.js';
export type {
  AlertPort,
  AlertSilence,
  CurrentAlert,
  RuleGroupStatus,
  RuleStatus,
  SilenceMatcher,
  SilenceRequest,
} from '../kernel/alert-port.js';
