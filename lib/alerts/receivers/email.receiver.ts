import { createHash } from 'node:crypto';
import { errorKind } from '../../kernel/faults.js';
import { withoutTracing } from '../../kernel/following/active-context.js';
import { ifMissing, missingPeer } from '../../kernel/peers/optional-peer.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, list, option, type OptionDescription } from '../../options/description.js';
import { flag, matching, text, wholeNumber } from '../../options/standard-options.js';
import { type AlertReceiver, NotificationError } from './alert-receiver.js';
import { shortened, textOf, titleOf } from './notification-text.js';
import {
  httpReceiverMembers,
  receiverName,
  type AlertReceiverOptions,
} from './receiver-options.js';
import { eitherOf, secretOf } from './secret.js';

/** Mail server. */
export interface SmtpOptions {
  /** Host. */
  readonly host: string;
  /** Port. @defaultValue 587, or 465 with `secure` */
  readonly port?: number;
  /** TLS from the first byte. @defaultValue false */
  readonly secure?: boolean;
  /** Refuses a server without STARTTLS. @defaultValue true, unless `secure` is set or the host is this machine */
  readonly requireTls?: boolean;
  /** User. @defaultValue no authentication */
  readonly user?: string;
  /** Password. @defaultValue that of `passwordFile` */
  readonly password?: string;
  /** File with the password, in place of `password`. @defaultValue none */
  readonly passwordFile?: string;
}

/** Options of {@link email}. */
export interface EmailOptions extends AlertReceiverOptions {
  /** Recipients. */
  readonly to: readonly string[];
  /** Sender. */
  readonly from: string;
  /** Mail server. @defaultValue `{ host: 'localhost', port: 25 }` */
  readonly smtp?: SmtpOptions;
}

type Mailer = Pick<typeof import('nodemailer'), 'createTransport'>;

const MOST_SUBJECT = 200;
const TIMEOUT_MS = 10_000;
const LOCAL = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;
const AUTHENTICATION_FAILED = 'EAUTH';

const address = option(matching(/^(?:[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>,]+@[^\s@<>,]+)$/), {
  rule: 'an e-mail address',
  remedy: "Pass something like 'oncall@shop.example'.",
  required: true,
});
const { name, sendResolved, secretFile } = httpReceiverMembers;

/** Description of {@link EmailOptions}. @public */
export const emailOptions: OptionDescription = group<EmailOptions>({
  name,
  to: list(address, {
    rule: 'a list of e-mail addresses',
    remedy: "Pass something like ['oncall@shop.example'].",
    required: true,
    atLeast: 1,
  }),
  from: address,
  smtp: group<SmtpOptions>(
    {
      host: text(255, { required: true, remedy: "Pass something like 'smtp.shop.example'." }),
      port: wholeNumber(1, 65_535),
      secure: flag(),
      requireTls: flag(),
      user: text(255),
      password: option(matching(/^[^\r\n]{1,4096}$/), {
        rule: 'a text in one line',
        remedy: 'Pass the password.',
        secret: true,
      }),
      passwordFile: secretFile,
    },
    {
      rule: 'an object of options',
      remedy: "Pass something like { host: 'smtp.shop.example' }.",
      checks: [
        eitherOf('password', 'passwordFile', false),
        {
          at: 'user',
          rule: 'and a password must be set together',
          remedy: 'Pass both, or none.',
          holds: (it) =>
            (it['user'] === undefined) ===
            (it['password'] === undefined && it['passwordFile'] === undefined),
        },
      ],
    },
  ),
  sendResolved,
});

/**
 * Receiver that sends e-mail. It needs the package `nodemailer`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`; `OBS_PEER_MISSING` when the application starts without the package.
 *
 * @example
 * ```ts
 * import { alerting, email } from '@eventcore/nestjs-observability/alerting';
 *
 * const team = email({
 *   to: ['team@shop.example'],
 *   from: 'alerts@shop.example',
 *   smtp: { host: 'smtp.shop.example', user: 'alerts', passwordFile: '/run/secrets/smtp' },
 * });
 * export const alerts = alerting({ receivers: [team] });
 * ```
 */
export function email(options: EmailOptions): AlertReceiver {
  assertOptions('email()', emailOptions, options);
  const { to, from, smtp = { host: 'localhost', port: 25 } } = options;
  return {
    name: receiverName(options, 'email'),
    sendsResolved: options.sendResolved ?? true,
    open: async () => {
      const mailer = await loadMailer();
      return {
        send: async (notification, signal) => {
          const transport = mailer.createTransport(await transportOf(smtp));
          const abort = () => transport.close();
          signal.addEventListener('abort', abort, { once: true });
          try {
            await withoutTracing(() =>
              transport.sendMail({
                to: [...to],
                from,
                subject: shortened(titleOf(notification).replaceAll(/\s+/g, ' '), MOST_SUBJECT),
                text: textOf(notification),
                headers: {
                  References: threadOf(notification.groupKey),
                  'Auto-Submitted': 'auto-generated',
                },
              }),
            );
          } catch (error) {
            throw failureOf(error);
          } finally {
            signal.removeEventListener('abort', abort);
            transport.close();
          }
        },
      };
    },
  };
}

async function loadMailer(): Promise<Mailer> {
  try {
    return await import('nodemailer');
  } catch (error) {
    ifMissing(error, 'nodemailer');
  }
  throw missingPeer('email()', 'email', 'nodemailer');
}

async function transportOf({ host, user, password, passwordFile, ...smtp }: SmtpOptions) {
  const { secure = false } = smtp;
  const { port = secure ? 465 : 587, requireTls = !secure && !LOCAL.test(host) } = smtp;
  const pass = user === undefined ? undefined : await secretOf(password, passwordFile);
  return {
    host,
    port,
    secure,
    requireTLS: requireTls,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user !== undefined && pass !== undefined && { auth: { user, pass } }),
  };
}

/** The messages of one group are one thread. */
function threadOf(groupKey: string): string {
  return `<${createHash('sha256').update(groupKey).digest('hex').slice(0, 32)}@alerts>`;
}

/** Answers of a mail server may quote the address; replies from 500 on are final. */
function failureOf(error: unknown): NotificationError {
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  const status = typeof responseCode === 'number' ? responseCode : undefined;
  const isFinal = (status !== undefined && status >= 500) || code === AUTHENTICATION_FAILED;
  const reason = status === undefined ? errorKind(error) : `status ${status}`;
  return new NotificationError(`the mail server did not take the message (${reason})`, {
    isFinal,
    code: status === undefined ? String(code) : String(status),
  });
}
