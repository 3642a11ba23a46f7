/**
 * Live page: an address that shows how the service is.
 *
 * @packageDocumentation
 */

export type { LivePageOptions } from './live-options.js';
export { LivePage } from './live-page.js';
export { livePage } from './live-plugin.js';
