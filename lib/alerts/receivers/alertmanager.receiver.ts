import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import { timerMs } from '../../options/standard-options.js';
import type { AlertReceiver, NotifiedAlert } from './alert-receiver.js';
import { deliver } from './http-delivery.js';
import {
  type HttpReceiverOptions,
  httpReceiverMembers,
  receiverName,
  secretAddress,
} from './receiver-options.js';

/** Options of {@link alertmanager}. */
export interface AlertmanagerOptions extends Omit<HttpReceiverOptions, 'sendResolved'> {
  /** Address; `/api/v2/alerts` is appended. */
  readonly url: string;
  /** Time between two reports of alerts that fire, in milliseconds. @defaultValue 60000 */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 60_000;
const PATH = '/api/v2/alerts';
/** Alerts of one request. */
const MOST_ALERTS = 500;

const { headers, name } = httpReceiverMembers;

/** Description of {@link AlertmanagerOptions}. @public */
export const alertmanagerOptions: OptionDescription = group<AlertmanagerOptions>({
  name,
  url: { ...secretAddress('http://alertmanager:9093'), required: true },
  headers,
  intervalMs: timerMs(),
});

/**
 * Receiver that reports alerts to Alertmanager, which groups, silences and sends them. An alert that is no longer reported
 * ends by itself after four intervals.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, alertmanager } from '@eventcore/nestjs-observability/alerting';
 *
 * export const alerts = alerting({ receivers: [alertmanager({ url: 'http://alertmanager:9093' })] });
 * ```
 */
export function alertmanager(options: AlertmanagerOptions): AlertReceiver {
  assertOptions('alertmanager()', alertmanagerOptions, options);
  const { intervalMs = INTERVAL_MS } = options;
  const base = options.url.replace(/\/+$/, '');
  const url = base.endsWith(PATH) ? base : base + PATH;
  const route = {
    matchers: [],
    groupBy: [],
    groupWaitMs: 0,
    groupIntervalMs: intervalMs,
    repeatIntervalMs: intervalMs,
    isUnfiltered: true,
  };
  return {
    name: receiverName(options, 'alertmanager'),
    route,
    open: ({ clock }) => ({
      send: async ({ alerts }, signal) => {
        const untilMs = clock.wallMs() + 4 * intervalMs;
        for (let from = 0; from < alerts.length; from += MOST_ALERTS) {
          const some = alerts.slice(from, from + MOST_ALERTS);
          const body = some.map((it) => postedAlert(it, untilMs));
          await deliver({ url, headers: options.headers, body }, signal);
        }
      },
    }),
  };
}

function postedAlert({ labels, annotations, ...it }: NotifiedAlert, untilMs: number): object {
  return {
    labels,
    annotations,
    startsAt: new Date(it.startsAtMs).toISOString(),
    endsAt: new Date(it.endsAtMs ?? untilMs).toISOString(),
    ...(it.generatorUrl !== '' && { generatorURL: it.generatorUrl }),
  };
}
