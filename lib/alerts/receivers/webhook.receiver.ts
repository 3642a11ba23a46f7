import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import type { AlertReceiver, AlertNotification, NotifiedAlert } from './alert-receiver.js';
import { deliver } from './http-delivery.js';
import {
  type HttpReceiverOptions,
  httpReceiverMembers,
  receiverName,
  secretAddress,
} from './receiver-options.js';
import { eitherOf, secretOf } from './secret.js';

/** Options of {@link webhook}. */
export interface WebhookOptions extends HttpReceiverOptions {
  /** Address. @defaultValue that of `urlFile` */
  readonly url?: string;
  /** File with the address, in place of `url`. @defaultValue none */
  readonly urlFile?: string;
  /** Token for the header `Authorization: Bearer`. @defaultValue none */
  readonly token?: string;
  /** File with the token. @defaultValue none */
  readonly tokenFile?: string;
}

const { headers, sendResolved, name, secretFile, token } = httpReceiverMembers;

/** Description of {@link WebhookOptions}. @public */
export const webhookOptions: OptionDescription = group<WebhookOptions>(
  {
    name,
    url: secretAddress('https://hooks.example/alerts'),
    urlFile: secretFile,
    token,
    tokenFile: secretFile,
    headers,
    sendResolved,
  },
  {
    rule: 'an object of options',
    remedy: "Pass something like { url: 'https://hooks.example/alerts' }.",
    checks: [eitherOf('url', 'urlFile'), eitherOf('token', 'tokenFile', false)],
  },
);

/**
 * Receiver that posts notifications in the format of Alertmanager's webhooks, version 4.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, webhook } from '@eventcore/nestjs-observability/alerting';
 *
 * export const alerts = alerting({ receivers: [webhook({ urlFile: '/run/secrets/alert-hook' })] });
 * ```
 */
export function webhook(options: WebhookOptions): AlertReceiver {
  assertOptions('webhook()', webhookOptions, options);
  const { url, urlFile, token: own, tokenFile } = options;
  return {
    name: receiverName(options, 'webhook'),
    sendsResolved: options.sendResolved ?? true,
    open: () => ({
      send: async (notification, signal) => {
        const bearer =
          own === undefined && tokenFile === undefined ? undefined : await secretOf(own, tokenFile);
        await deliver(
          {
            url: await secretOf(url, urlFile),
            headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), ...options.headers },
            body: webhookBody(notification),
          },
          signal,
        );
      },
    }),
  };
}

/** Returns a notification in the format of Alertmanager. */
function webhookBody(notification: AlertNotification): object {
  const { alerts, externalUrl, ...rest } = notification;
  return { version: '4', ...rest, externalURL: externalUrl, alerts: alerts.map(alertBody) };
}

function alertBody(alert: NotifiedAlert): object {
  const { status, labels, annotations, startsAtMs, endsAtMs, generatorUrl, fingerprint } = alert;
  return {
    status,
    labels,
    annotations,
    startsAt: new Date(startsAtMs).toISOString(),
    endsAt: endsAtMs === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAtMs).toISOString(),
    generatorURL: generatorUrl,
    fingerprint,
  };
}
