import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionDescription } from '../../options/description.js';
import { matching } from '../../options/standard-options.js';
import type { AlertNotification, AlertReceiver } from './alert-receiver.js';
import { deliver } from './http-delivery.js';
import { shortened, textOf, titleOf } from './notification-text.js';
import {
  httpReceiverMembers,
  receiverName,
  type AlertReceiverOptions,
  secretAddress,
} from './receiver-options.js';
import { eitherOf, secretOf } from './secret.js';

/** Options of {@link slack}. */
export interface SlackOptions extends AlertReceiverOptions {
  /** Address of an incoming webhook. @defaultValue that of `webhookFile` */
  readonly webhook?: string;
  /** File with the address, in place of `webhook`. @defaultValue none */
  readonly webhookFile?: string;
  /** Channel; newer webhooks have a fixed one. @defaultValue that of the webhook */
  readonly channel?: string;
}

const MOST_TITLE = 1_024;
const MOST_TEXT = 8_000;
const COLORS: Readonly<Record<string, string>> = { critical: 'danger', info: '#439fe0' };

const { name, sendResolved, secretFile } = httpReceiverMembers;

/** Description of {@link SlackOptions}. @public */
export const slackOptions: OptionDescription = group<SlackOptions>(
  {
    name,
    webhook: secretAddress('https://hooks.slack.com/services/T000/B000/XXXX'),
    webhookFile: secretFile,
    channel: option(matching(/^[#@]?[\p{L}\p{N}._-]{1,80}$/u), {
      rule: 'the name of a channel',
      remedy: "Pass something like '#alerts'.",
    }),
    sendResolved,
  },
  {
    rule: 'an object of options',
    remedy: "Pass something like { webhookFile: '/run/secrets/slack' }.",
    checks: [eitherOf('webhook', 'webhookFile')],
  },
);

/**
 * Receiver that posts to an incoming webhook of Slack.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, slack } from '@eventcore/nestjs-observability/alerting';
 *
 * export const alerts = alerting({
 *   receivers: [slack({ webhookFile: '/run/secrets/slack', channel: '#alerts' })],
 * });
 * ```
 */
export function slack(options: SlackOptions): AlertReceiver {
  assertOptions('slack()', slackOptions, options);
  const { webhook, webhookFile, channel } = options;
  return {
    name: receiverName(options, 'slack'),
    sendsResolved: options.sendResolved ?? true,
    open: () => ({
      send: async (notification, signal) => {
        const url = await secretOf(webhook, webhookFile);
        await deliver({ url, body: messageOf(notification, channel) }, signal);
      },
    }),
  };
}

function messageOf(notification: AlertNotification, channel: string | undefined): object {
  const { status, commonLabels, commonAnnotations, externalUrl } = notification;
  const title = escaped(titleOf(notification), MOST_TITLE);
  const link = commonAnnotations['runbook_url'] ?? externalUrl;
  const severity = commonLabels['severity'] ?? '';
  const attachment = {
    title,
    fallback: title,
    text: escaped(textOf(notification), MOST_TEXT),
    color: status === 'resolved' ? 'good' : (COLORS[severity] ?? 'warning'),
    ...(link !== '' && { title_link: link }),
  };
  return { ...(channel !== undefined && { channel }), attachments: [attachment] };
}

/** Slack reads `&`, `<` and `>` as its own syntax: a label could mention a channel. */
function escaped(text: string, length: number): string {
  const safe = (it: string) =>
    it.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  let kept = shortened(text, length);
  // The escapes count as well.
  while ([...safe(kept)].length > length)
    kept = shortened(text, Math.floor([...kept].length * 0.9));
  return safe(kept);
}
