import { group } from '../options/description.js';
import { delayMs, flag } from '../options/standard-options.js';

/** One `/metrics` for the workers of `node:cluster` or the threads of a process. */
export interface ClusterOptions {
  /**
   * Milliseconds that a scrape waits for the metrics of all, above 0; then it is answered with 503. More than those
   * that the primary waits for its workers. @defaultValue 5000
   */
  readonly timeoutMs?: number;
}

/** Description of {@link ClusterOptions}. */
export const clusterOptions = group<ClusterOptions>(
  { timeoutMs: delayMs() },
  {
    rule: 'true, false, or an object with timeoutMs',
    remedy: 'Pass true in workers whose primary calls aggregateCluster().',
    or: flag().schema,
  },
);
