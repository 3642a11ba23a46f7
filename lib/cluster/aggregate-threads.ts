import type { Worker } from 'node:worker_threads';
import type { AggregatorOptions } from './aggregator-options.js';
import { MetricsAggregator } from './metrics-aggregator.js';
import { ThreadHub } from './thread-hub.js';

/** The metrics of all threads as one. */
export class ThreadMetricsAggregator extends MetricsAggregator {
  readonly #hub: ThreadHub;

  /** @internal */
  constructor(hub: ThreadHub, options: AggregatorOptions) {
    super([hub], options, true);
    this.#hub = hub;
  }

  /** Counts in a thread that was started before; those that are started later are found. */
  watch(worker: Worker): void {
    this.#hub.watch(worker);
  }
}

/**
 * Puts the metrics of all threads that this one starts together, and those of an application in this thread. Call it once,
 * before threads are started; applications import the module with the option `cluster`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { Worker } from 'node:worker_threads';
 * import { aggregateThreads } from '@eventcore/nestjs-observability/cluster';
 *
 * const metrics = aggregateThreads();
 * await metrics.listen({ port: 9464 });
 * export const projector = new Worker(new URL('./projector.js', import.meta.url));
 * ```
 */
export function aggregateThreads(options: AggregatorOptions = {}): ThreadMetricsAggregator {
  return new ThreadMetricsAggregator(new ThreadHub(true), options);
}
