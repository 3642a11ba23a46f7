import { group } from '../options/description.js';
import { delayMs, flag } from '../options/standard-options.js';

/** Options of a shared `/metrics` endpoint for the workers of `node:cluster` or the threads of a process. */
export interface ClusterOptions {
  /**
   * Time limit of a scrape for the metrics of all members in milliseconds, above 0; an expired scrape is answered with
   * 503. Set it above the `timeoutMs` of the aggregator. @defaultValue 5000
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
