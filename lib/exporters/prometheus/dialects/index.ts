export type { DialectName } from './dialects.js';
export { dialects } from './dialects-plugin.js';
