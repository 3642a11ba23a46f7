/**
 * The StatsD exporter of metrics, over UDP, TCP and Unix sockets.
 *
 * @packageDocumentation
 */

export type { StatsdDialect, StatsdHistograms, StatsdOptions } from './statsd-options.js';
export { statsd } from './statsd.js';
