import { createHash } from 'node:crypto';
import type { LabelSet } from '../../query/label-set.js';
import type { AlertNotification, AlertTexts, NotifiedAlert } from '../receivers/alert-receiver.js';
import type { GroupedAlert, GroupFlush } from './notification-groups.js';

const MOST_ALERTS = 500;

/** Explanations of alerts at the time of a notification. */
export interface AlertExplanations {
  /** Returns what explains an alert, as annotations. */
  of(alert: GroupedAlert): AlertTexts;
}

/** Settings of notifications. */
export interface NotificationSettings {
  /** Address that people open; empty for none. */
  readonly liveUrl: string;
  readonly explanations: AlertExplanations;
}

/** Returns the notification of a group. */
export function notificationOf(
  flush: GroupFlush,
  settings: NotificationSettings,
): AlertNotification {
  const { route, groupKey, groupLabels } = flush;
  const isResolved = (it: GroupedAlert) => it.endsAtMs !== undefined;
  const ordered = flush.alerts.toSorted((a, b) => Number(isResolved(a)) - Number(isResolved(b)));
  // A real Alertmanager must know all of them.
  const most = route.isUnfiltered ? ordered.length : MOST_ALERTS;
  const alerts = ordered.slice(0, most).map((it) => notifiedAlert(it, settings));
  const left = ordered.slice(most);
  return {
    receiver: route.receiver,
    status: ordered.every(isResolved) ? 'resolved' : 'firing',
    groupKey,
    groupLabels: groupLabels.toJSON(),
    commonLabels: common(ordered.map(({ labels }) => labels.toJSON())),
    commonAnnotations: common([...alerts, ...left].map(({ annotations }) => annotations)),
    alerts,
    truncatedAlerts: left.length,
    externalUrl: settings.liveUrl,
  };
}

function notifiedAlert(alert: GroupedAlert, settings: NotificationSettings): NotifiedAlert {
  const { labels, annotations, value, startsAtMs, endsAtMs } = alert;
  return {
    status: endsAtMs === undefined ? 'firing' : 'resolved',
    name: labels.get('alertname'),
    severity: labels.get('severity'),
    labels: labels.toJSON(),
    annotations: { ...settings.explanations.of(alert), ...annotations },
    startsAtMs,
    ...(endsAtMs !== undefined && { endsAtMs }),
    value,
    fingerprint: fingerprintOf(labels),
    generatorUrl: settings.liveUrl,
  };
}

/** Returns a text that is equal for equal labels only. */
function fingerprintOf(labels: LabelSet): string {
  return createHash('sha256').update(labels.key).digest('hex').slice(0, 16);
}

function common([first = {}, ...rest]: readonly AlertTexts[]): AlertTexts {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((it) => it[name] === value)),
  );
}
