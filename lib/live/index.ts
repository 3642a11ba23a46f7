/**
 * Live page: an address that shows how the service is.
 *
 * @packageDocumentation
 */

export {
  type ClusterPage,
  type ClusterPageOptions,
  type LiveAggregate,
  serveLivePage,
} from './cluster-page.js';
export type { LivePageOptions } from './live-options.js';
export { LivePage } from './live-page.js';
export { livePage } from './live-plugin.js';
