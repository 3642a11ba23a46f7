export type { StatsdDialect, StatsdHistograms, StatsdOptions } from './statsd-options.js';
export { statsd } from './statsd.js';
