import type { ObservabilityPlugin } from '@eventcore/nestjs-observability';
import {
  alerting,
  alertmanager,
  type AlertReceiver,
  heartbeat,
  logReceiver,
  pagerDuty,
  slack,
  webhook,
} from '@eventcore/nestjs-observability/alerting';
import { ProjectorLease } from './projections/projector-lease.js';

/**
 * Evaluates the shipped alerts in the shop itself, unless `ALERTING=0` leaves them to a Prometheus. They are logged, and
 * sent to the receivers that variables name.
 */
export function shopAlerts(env: NodeJS.ProcessEnv): ObservabilityPlugin[] {
  if (env['ALERTING'] === '0') return [];
  const { SILENCES_FILE: silencesFile, RUNBOOK_URL: runbookUrl, TRACE_URL: traceUrl } = env;
  return [
    alerting({
      receivers: receiversOf(env),
      ...(silencesFile && { silencesFile }),
      ...(runbookUrl && { runbookUrl }),
      ...(traceUrl && { traceUrl }),
      // Replicas that run the projections: one of them evaluates. A process for commands only has no lease.
      ...(env['SHOP_ROLE'] !== 'api' && {
        leader: {
          inject: [ProjectorLease],
          isLeader: (lease: ProjectorLease) => lease.isLastOwner,
        },
      }),
    }),
  ];
}

function receiversOf(env: NodeJS.ProcessEnv): AlertReceiver[] {
  const receivers = [logReceiver()];
  const {
    ALERT_WEBHOOK_URL: url,
    ALERT_SLACK_URL: channel,
    ALERT_PAGERDUTY_KEY: routingKey,
    ALERT_HEARTBEAT_URL: watchdog,
    ALERTMANAGER_URL: manager,
  } = env;
  if (url) receivers.push(webhook({ url }));
  if (channel) receivers.push(slack({ webhook: channel }));
  if (routingKey) receivers.push(pagerDuty({ routingKey }));
  if (watchdog) receivers.push(heartbeat({ url: watchdog }));
  if (manager) receivers.push(alertmanager({ url: manager }));
  return receivers;
}
