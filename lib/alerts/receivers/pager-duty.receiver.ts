import { createHash } from 'node:crypto';
import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionDescription, record } from '../../options/description.js';
import { matching, oneOf, text } from '../../options/standard-options.js';
import type { AlertNotification, AlertReceiver } from './alert-receiver.js';
import { deliver } from './http-delivery.js';
import { shortened, textOf, titleOf } from './notification-text.js';
import {
  httpReceiverMembers,
  receiverName,
  type AlertReceiverOptions,
  WEB_ADDRESS,
} from './receiver-options.js';
import { eitherOf, secretOf } from './secret.js';

/** Severity of an incident of PagerDuty. */
export type PagerDutySeverity = 'critical' | 'error' | 'warning' | 'info';

/** Options of {@link pagerDuty}. */
export interface PagerDutyOptions extends AlertReceiverOptions {
  /** Routing key of an integration of the type Events API v2. @defaultValue that of `routingKeyFile` */
  readonly routingKey?: string;
  /** File with the routing key, in place of `routingKey`. @defaultValue none */
  readonly routingKeyFile?: string;
  /**
   * Severities of PagerDuty by the label `severity`.
   *
   * @defaultValue `critical`, `error`, `warning` and `info` as they are, `error` for any other
   */
  readonly severityMapping?: Readonly<Record<string, PagerDutySeverity>>;
  /** Address of the events. @defaultValue 'https://events.pagerduty.com/v2/enqueue' */
  readonly url?: string;
}

const ENQUEUE = 'https://events.pagerduty.com/v2/enqueue';
const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
const MOST_SUMMARY = 1_024;
const MOST_BYTES = 512_000;
const MOST_DETAILS = 50;

const { name, sendResolved, secretFile, token } = httpReceiverMembers;

/** Description of {@link PagerDutyOptions}. @public */
export const pagerDutyOptions: OptionDescription = group<PagerDutyOptions>(
  {
    name,
    routingKey: token,
    routingKeyFile: secretFile,
    severityMapping: record(
      { key: text(), value: oneOf(SEVERITIES) },
      {
        rule: `an object with values among ${SEVERITIES.join(', ')}`,
        remedy: "Pass something like { critical: 'critical', warning: 'warning' }.",
      },
    ),
    url: option(matching(WEB_ADDRESS), {
      rule: 'an address that begins with http:// or https://',
      remedy: `Pass something like 'https://events.eu.pagerduty.com/v2/enqueue'.`,
    }),
    sendResolved,
  },
  {
    rule: 'an object of options',
    remedy: "Pass something like { routingKeyFile: '/run/secrets/pager-duty' }.",
    checks: [eitherOf('routingKey', 'routingKeyFile')],
  },
);

/**
 * Receiver that triggers and resolves incidents of PagerDuty by its Events API v2. One group of alerts is one incident.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, pagerDuty } from '@eventcore/nestjs-observability/alerting';
 *
 * const oncall = pagerDuty({
 *   routingKeyFile: '/run/secrets/pager-duty',
 *   severityMapping: { warning: 'warning', critical: 'critical' },
 * });
 * export const alerts = alerting({ receivers: [oncall] });
 * ```
 */
export function pagerDuty(options: PagerDutyOptions): AlertReceiver {
  assertOptions('pagerDuty()', pagerDutyOptions, options);
  const { routingKey, routingKeyFile, severityMapping = {}, url = ENQUEUE } = options;
  return {
    name: receiverName(options, 'pager_duty'),
    sendsResolved: options.sendResolved ?? true,
    open: ({ serviceName }) => ({
      send: async (notification, signal) => {
        const key = await secretOf(routingKey, routingKeyFile);
        const event = eventOf(notification, { severityMapping, serviceName });
        await deliver({ url, body: { routing_key: key, ...event } }, signal);
      },
    }),
  };
}

interface EventSettings {
  readonly severityMapping: Readonly<Record<string, PagerDutySeverity>>;
  readonly serviceName: string;
}

function eventOf(notification: AlertNotification, settings: EventSettings): object {
  const { groupKey, status, alerts, commonLabels, commonAnnotations } = notification;
  const dedup_key = createHash('sha256').update(groupKey).digest('hex');
  if (status === 'resolved') return { event_action: 'resolve', dedup_key };
  const firing = alerts.filter((it) => it.status === 'firing');
  const event = (details: object | undefined) => ({
    event_action: 'trigger',
    dedup_key,
    client: settings.serviceName,
    ...(notification.externalUrl !== '' && { client_url: notification.externalUrl }),
    payload: {
      summary: shortened(titleOf(notification), MOST_SUMMARY),
      source: commonLabels['instance'] ?? commonLabels['job'] ?? settings.serviceName,
      severity: worst(firing.map((it) => severityOf(it.severity, settings))),
      timestamp: new Date(Math.min(...firing.map((it) => it.startsAtMs))).toISOString(),
      ...(commonLabels['alertname'] !== undefined && { class: commonLabels['alertname'] }),
      ...(details && { custom_details: details }),
    },
    links: linksOf(commonAnnotations),
  });
  const full = event({
    text: textOf(notification),
    firing: firing.slice(0, MOST_DETAILS).map(({ labels, annotations }) => ({
      labels,
      annotations,
    })),
  });
  const isLong = Buffer.byteLength(JSON.stringify(full)) > MOST_BYTES - 1_024;
  return isLong ? event({ text: shortened(textOf(notification), MOST_SUMMARY * 8) }) : full;
}

function severityOf(severity: string, { severityMapping }: EventSettings): PagerDutySeverity {
  return severityMapping[severity] ?? SEVERITIES.find((it) => it === severity) ?? 'error';
}

function worst(all: readonly PagerDutySeverity[]): PagerDutySeverity {
  return SEVERITIES.find((it) => all.includes(it)) ?? 'error';
}

function linksOf(annotations: Readonly<Record<string, string>>): object[] {
  const known = { runbook_url: 'Runbook', trace_url: 'Trace', live_url: 'Live page' };
  return Object.entries(known).flatMap(([name, text]) => {
    const href = annotations[name];
    return href === undefined ? [] : [{ href, text }];
  });
}
