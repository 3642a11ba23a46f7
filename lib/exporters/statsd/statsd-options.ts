import * as v from 'valibot';
import { assertOptions } from '../../options/assert-options.js';
import { group, option, record } from '../../options/description.js';
import { callback, matching, oneOf, timerMs, wholeNumber } from '../../options/standard-options.js';
import { exporterName } from '../port/exporter-options.js';

/** Format of labels: DogStatsD tags, or parts of the name for servers without tags. */
export type StatsdDialect = 'dogstatsd' | 'statsd';

/** Format of histograms; see {@link StatsdOptions.histograms}. */
export type StatsdHistograms = 'buckets' | 'distributions' | 'timings';

/** Options of {@link statsd}. */
export interface StatsdOptions {
  /** Value of the label `exporter` in the export metrics. @defaultValue 'statsd' */
  readonly name?: string;
  /** Host name or address of the server. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** UDP port of the server, 1 to 65535. @defaultValue 8125 */
  readonly port?: number;
  /**
   * Path of the server's Unix datagram socket, instead of host and port. Requires the package `unix-dgram`.
   * @defaultValue UDP
   */
  readonly socketPath?: string;
  /**
   * Sends a datagram instead of the library's socket, for example through an existing client. The function must not
   * modify the datagram. @defaultValue a socket of the library
   */
  readonly send?: (datagram: Uint8Array) => void | Promise<void>;
  /** Format of labels. @defaultValue 'dogstatsd' */
  readonly dialect?: StatsdDialect;
  /** Prefix of every name, followed by a dot. @defaultValue none */
  readonly prefix?: string;
  /** Tags of every line, in addition to the global labels of the module. @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Format of histograms. `buckets`: exact counters, one per bucket with the tag `le`, `…_count` and `…_sum`.
   * `distributions` (`d`) and `timings` (`ms`, for metrics in seconds): one value per bucket with observations, with
   * their number as the sample rate. The values lie within their buckets so that their sum is exact; quantiles are as
   * accurate as the buckets. The server must weight values by the sample rate, as DogStatsD does. @defaultValue
   * 'buckets'
   */
  readonly histograms?: StatsdHistograms;
  /**
   * Maximum size of a datagram in bytes, 64 to 65507. A longer line gets a datagram of its own. @defaultValue 1432 for
   * UDP, 8192 for a socket
   */
  readonly maxDatagramBytes?: number;
  /** Interval between two exports in milliseconds. @defaultValue 10000 */
  readonly intervalMs?: number;
  /** Time limit of one export in milliseconds. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

const someText = option(matching(/\S/), {
  rule: 'a text that is not blank',
  remedy: 'Pass a text, or leave the option out.',
});
const tagsRemedy = "Pass something like { region: 'eu' }.";

/** Description of {@link StatsdOptions}. The reference of options reads it. @public */
export const statsdOptions = group<StatsdOptions>(
  {
    name: exporterName(),
    host: someText,
    port: wholeNumber(1, 65_535),
    socketPath: someText,
    send: callback('Pass (datagram) => client.send(datagram).'),
    dialect: oneOf(['dogstatsd', 'statsd']),
    prefix: someText,
    tags: record(
      {
        key: option(v.string(), { rule: 'a text', remedy: tagsRemedy }),
        value: option(v.string(), { rule: 'a text', remedy: tagsRemedy }),
      },
      { rule: 'an object of texts by tag name', remedy: tagsRemedy },
    ),
    histograms: oneOf(['buckets', 'distributions', 'timings']),
    maxDatagramBytes: wholeNumber(64, 65_507),
    intervalMs: timerMs(),
    timeoutMs: timerMs(),
  },
  {
    rule: 'an object of options',
    remedy: 'Pass an object, or nothing.',
    checks: [
      {
        rule: 'must have one target: host and port, socketPath, or send',
        remedy: 'Remove the others.',
        holds: ({ host, port, socketPath, send }) =>
          [host ?? port, socketPath, send].filter((it) => it !== undefined).length < 2,
      },
    ],
  },
);

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertStatsdOptions(options: StatsdOptions): void {
  assertOptions('statsd', statsdOptions, options);
}
