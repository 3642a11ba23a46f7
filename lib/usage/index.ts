export { usage } from './usage-plugin.js';
export type { UsageOptions, UsedHandler } from './usage-options.js';
