import cluster from 'node:cluster';
import { systemTimers } from '../kernel/timers.js';
import type { Worker } from 'node:cluster';
import { ThreadHub } from './aggregate-threads.js';
import type { AggregatorOptions } from './aggregator-options.js';
import type { HubListener, MemberConnection, MemberHub } from './member-link.js';
import { ALL, encodeMessage } from './message.js';
import { MetricsAggregator } from './metrics-aggregator.js';

const FINAL_REPORT_MS = 1_000;

/** Hub for the workers of `node:cluster`, over their existing IPC channel. */
class ClusterHub implements MemberHub {
  readonly #connections = new Map<number, MemberConnection>();
  #listener: HubListener | undefined;

  /** {@inheritDoc MemberHub.open} */
  open(listener: HubListener): void {
    this.#listener = listener;
    cluster.on('message', this.#onMessage);
    cluster.on('exit', this.#onExit);
    cluster.on('disconnect', this.#onDisconnect);
    const who = encodeMessage({ kind: 'who', member: ALL });
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker !== undefined) this.#connectionOf(worker).send(who);
    }
  }

  /** {@inheritDoc MemberHub.close} */
  close(): void {
    cluster.off('message', this.#onMessage);
    cluster.off('exit', this.#onExit);
    cluster.off('disconnect', this.#onDisconnect);
    this.#connections.clear();
  }

  readonly #onMessage = (worker: Worker, message: unknown): void => {
    this.#listener?.guard(() => this.#listener?.heard(this.#connectionOf(worker), message));
  };

  readonly #onExit = (worker: Worker): void => {
    this.#listener?.guard(() => this.#exited(worker));
  };

  readonly #onDisconnect = (worker: Worker): void => {
    this.#listener?.guard(() => this.#ended(worker));
  };

  #exited(worker: Worker): void {
    if (!worker.isConnected()) return this.#ended(worker);
    // The channel may still contain final messages. Node may never report the disconnect of a killed worker.
    this.#listener?.exited(this.#connectionOf(worker));
    systemTimers.after(FINAL_REPORT_MS, () => this.#onDisconnect(worker));
  }

  #ended(worker: Worker): void {
    const connection = this.#connections.get(worker.id);
    this.#connections.delete(worker.id);
    if (connection !== undefined) this.#listener?.ended(connection);
  }

  #connectionOf(worker: Worker): MemberConnection {
    const known = this.#connections.get(worker.id);
    if (known !== undefined) return known;
    const connection: MemberConnection = {
      send: (message) => {
        // With a callback, sending to a worker that has just exited emits no error.
        if (worker.isConnected())
          worker.send(message as never, undefined, undefined, () => undefined);
      },
    };
    this.#connections.set(worker.id, connection);
    return connection;
  }
}

/**
 * Aggregates the metrics of all workers of `node:cluster`. Call it once, in the primary. Workers import the module with
 * the option `cluster`; a scrape of any worker then returns the metrics of all workers, including those that have
 * exited.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when an option is invalid.
 *
 * @example
 * ```ts
 * import cluster from 'node:cluster';
 * import { aggregateCluster } from '@eventcore/nestjs-observability/cluster';
 *
 * if (cluster.isPrimary) {
 *   const metrics = aggregateCluster({ serviceName: 'shop' });
 *   await metrics.listen({ port: 9464, host: '127.0.0.1' });
 *   for (let i = 0; i < 4; i++) cluster.fork();
 * }
 * ```
 */
export function aggregateCluster(options: AggregatorOptions = {}): MetricsAggregator {
  return new MetricsAggregator([new ClusterHub(), new ThreadHub(false)], options, false);
}
