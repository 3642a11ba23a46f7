import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['alerting'] as const;

/** Alerts of the plugin `alerting()`. */
export const alertMetrics = {
  alerts: {
    name: 'eventcore_alerts',
    type: 'gauge',
    help: 'Alerts that are pending or firing in the application, by name and state.',
    labels: { alertname: 'closed', state: 'closed' },
    needs,
    absentWhen: 'No alert is pending or firing.',
  },
  evaluations: {
    name: 'eventcore_alert_evaluations_total',
    type: 'counter',
    help: 'Evaluations of all rules, by outcome: failure if a rule failed, skipped if the one before still ran.',
    labels: { outcome: 'closed' },
    needs,
    absentWhen: 'No evaluation had this outcome.',
  },
  notifications: {
    name: 'eventcore_alert_notifications_total',
    type: 'counter',
    help: 'Notifications, by receiver and outcome: dropped if too many waited.',
    labels: { receiver: 'closed', outcome: 'closed' },
    needs,
    absentWhen: 'No notification of the receiver had this outcome.',
  },
  waiting: {
    name: 'eventcore_alert_notifications_waiting',
    type: 'gauge',
    help: 'Notifications that wait for a receiver, the one under way included.',
    labels: { receiver: 'closed' },
    needs,
    absentWhen: 'The plugin has no receivers.',
    zeroWhen: 'No notification waits.',
  },
} as const satisfies Record<string, CatalogueMetric>;
