export { statsd } from './statsd.js';
export type { StatsdDialect, StatsdHistograms, StatsdOptions } from './statsd-options.js';
