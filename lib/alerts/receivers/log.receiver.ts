import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import type { AlertReceiver, NotifiedAlert } from './alert-receiver.js';
import {
  httpReceiverMembers,
  receiverName,
  type AlertReceiverOptions,
} from './receiver-options.js';

const { name, sendResolved } = httpReceiverMembers;

/** Description of the options of {@link logReceiver}. @public */
export const logReceiverOptions: OptionDescription = group<AlertReceiverOptions>({
  name,
  sendResolved,
});

/**
 * Receiver that writes a line for each alert to the logger of Nest: an error for a critical one, a warning for others.
 * The end of an alert is a warning; `info` and `none` are information.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { alerting, logReceiver } from '@eventcore/nestjs-observability/alerting';
 *
 * export const alerts = alerting({ receivers: [logReceiver()] });
 * ```
 */
export function logReceiver(options: AlertReceiverOptions = {}): AlertReceiver {
  assertOptions('logReceiver()', logReceiverOptions, options);
  return {
    name: receiverName(options, 'log'),
    sendsResolved: options.sendResolved ?? true,
    open: async () => {
      // The command line reads this description without Nest.
      const { Logger } = await import('@nestjs/common');
      const logger = new Logger('Alerts');
      return {
        send: async ({ alerts }) => {
          for (const it of alerts) logger[methodOf(it)](lineOf(it));
        },
      };
    },
  };
}

/** The end of an alert is a warning as well: a logger that shows the begin shows it. */
function methodOf({ status, severity }: NotifiedAlert): 'log' | 'warn' | 'error' {
  if (severity === 'info' || severity === 'none') return 'log';
  return severity === 'critical' && status === 'firing' ? 'error' : 'warn';
}

function lineOf({ status, name: alert, severity, annotations }: NotifiedAlert): string {
  const { summary, value, runbook_url, trace_id, diagnosis } = annotations;
  const facts = { value, trace: trace_id, runbook: runbook_url, diagnosis };
  const known = Object.entries(facts).filter(([, it]) => it !== undefined);
  const head = `${status === 'firing' ? 'Firing' : 'Resolved'} ${severity} ${alert}`.replaceAll(
    / +/g,
    ' ',
  );
  const tail = known.map(([key, it]) => `${key}=${it}`).join(' ');
  return [head, summary && `: ${summary}`, tail && ` (${tail})`].filter(Boolean).join('');
}
