import type { ExporterContext, MetricsExporter } from '../port/metrics-exporter.js';
import type { Tag } from './statsd-names.format.js';
import { assertStatsdOptions, type StatsdOptions } from './statsd-options.js';
import { StatsdExporter } from './statsd.exporter.js';
import { type DatagramTransport, UdpTransport } from './udp-transport.js';
import { loadUnixDgram, UnixTransport } from './unix-transport.js';

// Payload of an Ethernet frame with IPv6 and UDP headers, and the socket size that DogStatsD recommends.
const UDP_DATAGRAM_BYTES = 1432;
const UNIX_DATAGRAM_BYTES = 8192;
const DEFAULT_INTERVAL_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Exports all metrics to a StatsD or DogStatsD server: counters as the increase since the previous export, gauges as
 * their value, histograms in the format of the option `histograms`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when an option is invalid.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { statsd } from '@eventcore/nestjs-observability/statsd';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   exporters: [statsd({ host: 'datadog-agent', histograms: 'distributions' })],
 * });
 * ```
 */
export function statsd(options: StatsdOptions = {}): MetricsExporter {
  assertStatsdOptions(options);
  const { name = 'statsd' } = options;
  return Object.freeze({ name, open: (context: ExporterContext) => open(options, context) });
}

async function open(options: StatsdOptions, context: ExporterContext): Promise<StatsdExporter> {
  const { dialect = 'dogstatsd', prefix = '', histograms = 'buckets', tags = {} } = options;
  const { intervalMs = DEFAULT_INTERVAL_MS, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const isSocket = options.socketPath !== undefined;
  const defaultBytes = isSocket ? UNIX_DATAGRAM_BYTES : UDP_DATAGRAM_BYTES;
  const { maxDatagramBytes = defaultBytes } = options;
  return new StatsdExporter({
    transport: await transportOf(options, context),
    format: {
      dialect,
      prefix,
      histograms,
      tags: [...globalTags(context), ...Object.entries(tags)],
    },
    context,
    maxDatagramBytes,
    intervalMs,
    timeoutMs,
  });
}

async function transportOf(
  { host = '127.0.0.1', port = 8125, socketPath, send }: StatsdOptions,
  { clock }: ExporterContext,
): Promise<DatagramTransport> {
  if (send !== undefined) {
    return { send: async (datagram) => send(datagram), reset: () => undefined };
  }
  if (socketPath === undefined) return new UdpTransport({ host, port, clock });
  return new UnixTransport(await loadUnixDgram(socketPath), socketPath);
}

/** Returns the global labels of every series on `/metrics`. */
function globalTags({ application }: ExporterContext): Tag[] {
  const { labels, serviceName = '', environment = '' } = application;
  return [...Object.entries(labels), ['service', serviceName], ['environment', environment]];
}
