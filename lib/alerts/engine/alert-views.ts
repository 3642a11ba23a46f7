import type { CurrentAlert } from '../../kernel/alert-port.js';
import type { AlertSilences } from '../notifications/alert-silences.js';
import type { IsInhibited } from '../notifications/inhibitions.js';
import type { GroupedAlert } from '../notifications/notification-groups.js';
import type { AlertInstance } from './alert-instances.js';

/** Reasons that keep notifications back. */
export interface HoldBacks {
  readonly silences: AlertSilences;
  readonly isInhibited: IsInhibited;
}

/** Returns an alert as pages and APIs show it. */
export function currentAlert(
  it: AlertInstance,
  { silences, isInhibited }: HoldBacks,
): CurrentAlert {
  const { labels, annotations, value, activeAtMs, firedAtMs, keptSinceMs, state } = it;
  const { runbook_url: runbookUrl } = annotations;
  return {
    name: labels.get('alertname'),
    state: state === 'pending' ? 'pending' : 'firing',
    labels: labels.toJSON(),
    annotations,
    severity: labels.get('severity'),
    value,
    activeAtMs,
    ...(firedAtMs !== undefined && { firedAtMs }),
    ...(keptSinceMs !== undefined && { keptSinceMs }),
    ...(runbookUrl !== undefined && { runbookUrl }),
    silencedBy: silences.matching(labels),
    isInhibited: isInhibited(labels),
  };
}

/** Returns the alerts that notifications are about: firing ones, and those that fired and have ended. */
export function groupedAlerts(instances: readonly AlertInstance[]): readonly GroupedAlert[] {
  return instances.flatMap((it) => {
    const { labels, annotations, value, state, firedAtMs, resolvedAtMs } = it;
    if (state === 'pending' || firedAtMs === undefined) return [];
    return [{ labels, annotations, value, startsAtMs: firedAtMs, endsAtMs: resolvedAtMs }];
  });
}
