/**
 * The plugin that shows metrics of the catalogue under the names of other systems.
 *
 * @packageDocumentation
 */

export type { DialectName } from './dialects.js';
export { dialects } from './dialects-plugin.js';
