import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import { oneOf, timerMs } from '../../options/standard-options.js';
import type { AlertReceiver } from './alert-receiver.js';
import { deliver } from './http-delivery.js';
import {
  type HttpReceiverOptions,
  httpReceiverMembers,
  receiverName,
  secretAddress,
} from './receiver-options.js';
import { eitherOf, secretOf } from './secret.js';

/** Options of {@link heartbeat}. */
export interface HeartbeatOptions extends Omit<HttpReceiverOptions, 'sendResolved'> {
  /** Address that is called; the service behind it pages when the calls stop. @defaultValue that of `urlFile` */
  readonly url?: string;
  /** File with the address, in place of `url`. @defaultValue none */
  readonly urlFile?: string;
  /** Method of HTTP. @defaultValue 'GET' */
  readonly method?: 'GET' | 'POST';
  /** Time between two calls in milliseconds. @defaultValue 60000 */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 60_000;
const { headers, name, secretFile } = httpReceiverMembers;

/** Description of {@link HeartbeatOptions}. @public */
export const heartbeatOptions: OptionDescription = group<HeartbeatOptions>(
  {
    name,
    url: secretAddress('https://watchdog.example/ping/shop'),
    urlFile: secretFile,
    method: oneOf(['GET', 'POST']),
    headers,
    intervalMs: timerMs(),
  },
  {
    rule: 'an object of options',
    remedy: "Pass something like { url: 'https://watchdog.example/ping/shop' }.",
    checks: [eitherOf('url', 'urlFile')],
  },
);

/**
 * Receiver for a dead man's switch: it calls an address while alerts are evaluated and delivered, by the alert `Watchdog`.
 * A dead process cannot alert, but its calls stop.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, heartbeat } from '@eventcore/nestjs-observability/alerting';
 *
 * export const alerts = alerting({
 *   receivers: [heartbeat({ urlFile: '/run/secrets/watchdog', intervalMs: 60_000 })],
 * });
 * ```
 */
export function heartbeat(options: HeartbeatOptions): AlertReceiver {
  assertOptions('heartbeat()', heartbeatOptions, options);
  const { url, urlFile, method = 'GET', intervalMs = INTERVAL_MS } = options;
  return {
    name: receiverName(options, 'heartbeat'),
    sendsResolved: false,
    route: {
      matchers: ['severity="none"'],
      groupBy: [],
      groupWaitMs: 0,
      groupIntervalMs: intervalMs,
      repeatIntervalMs: intervalMs,
      isUnfiltered: true,
    },
    open: () => ({
      send: async (_, signal) => {
        await deliver(
          { url: await secretOf(url, urlFile), method, headers: options.headers },
          signal,
        );
      },
    }),
  };
}
