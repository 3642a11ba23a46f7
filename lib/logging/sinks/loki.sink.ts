import { assertOptions } from '../../options/assert-options.js';
import { group, option, type OptionDescription, record } from '../../options/description.js';
import { matching, oneOf, text } from '../../options/standard-options.js';
import type { LogFormatName } from '../encode/line-formats.js';
import type { LogSink, SinkHost } from './log-sink.js';
import { encodePush, type StreamLabels } from './loki-push.format.js';
import {
  credentials,
  openShipper,
  receiverOf,
  receiverUrl,
  type ShippingOptions,
  shippingMembers,
  type SinkAuth,
} from './network/ship-options.js';
import { type ShipFormat, TAKEN } from './network/verdict.js';

/** Options of {@link lokiSink}. */
export interface LokiSinkOptions extends ShippingOptions {
  /** Address of Loki; `/loki/api/v1/push` is appended. */
  readonly url: string;
  /**
   * Labels of every stream, in addition to `service`, `environment` and `level`, or in place of the first two. Their
   * values are fixed: a label whose values change makes streams without end.
   *
   * @defaultValue none
   */
  readonly labels?: StreamLabels;
  /** Tenant, sent as `X-Scope-OrgID`. @defaultValue none */
  readonly tenant?: string;
  /** Credentials; a user in `url` works as well. @defaultValue none */
  readonly auth?: SinkAuth;
  /** Format of the lines. @defaultValue 'json' */
  readonly format?: LogFormatName;
}

const PUSH = '/loki/api/v1/push';
const LABEL = /^(?!__)(?!level$)[a-zA-Z_]\w*$/;
const LONGEST_LABEL = 1_024;

/** Description of the options of {@link lokiSink}. The reference of options reads it. @public */
export const lokiSinkOptions: OptionDescription = group<LokiSinkOptions>({
  url: receiverUrl('http://loki:3100'),
  labels: record(
    {
      key: option(matching(LABEL), {
        rule: 'a name that matches [a-zA-Z_][a-zA-Z0-9_]*, does not begin with __ and is not level',
        remedy: 'Rename the label; the level of a line is a label of its own.',
      }),
      value: text(LONGEST_LABEL),
    },
    { rule: 'texts by label name', remedy: "Pass something like { region: 'eu-1' }." },
  ),
  tenant: option(matching(/^[\w!.*'()-]{1,150}$/), {
    rule: "1 to 150 letters, digits and characters of !-_.*'()",
    remedy: "Pass something like 'team-a'.",
  }),
  auth: credentials(),
  format: oneOf(['json', 'ecs', 'pretty', 'pino']),
  ...shippingMembers,
});

/**
 * Sink that pushes lines to Loki. The labels of a stream are `service`, `environment` and `level`; the ids of the trace
 * and span are structured metadata.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { logging, lokiSink } from '@eventcore/nestjs-observability/logging';
 *
 * export const logs = logging({
 *   sinks: [lokiSink({ url: 'http://loki:3100', tenant: 'team-a' })],
 * });
 * ```
 */
export function lokiSink(options: LokiSinkOptions): LogSink {
  assertOptions('lokiSink()', lokiSinkOptions, options);
  return {
    name: 'loki',
    level: options.level,
    isRemote: true,
    open: (host) => openShipper('loki', options, { host, format: pushFormat(options, host) }),
  };
}

function pushFormat(options: LokiSinkOptions, host: SinkHost): ShipFormat {
  const { labels = {}, tenant, format = 'json' } = options;
  const { url, headers } = receiverOf(options.url, PUSH, options);
  const lineFormat = host.formats.of(format);
  const all = {
    'content-type': 'application/json',
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
    ...headers,
  };
  const settings = {
    line: (it: Parameters<typeof lineFormat.line>[0]) => host.formats.line(it, lineFormat),
    labelsOf: (level: string) => ({ ...serviceLabels(host), ...labels, level }),
  };
  return {
    request: (lines) => ({ method: 'POST', url, headers: all, body: encodePush(lines, settings) }),
    read: () => TAKEN,
  };
}

/** The service is known once the application has started. */
function serviceLabels({ service: { name, environment } }: SinkHost): StreamLabels {
  return {
    ...(name !== undefined && { service: name }),
    ...(environment !== undefined && { environment }),
  };
}
