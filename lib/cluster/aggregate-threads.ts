import { threadId, type Worker } from 'node:worker_threads';
import type { AggregatorOptions } from './aggregator-options.js';
import {
  type HubListener,
  type MemberConnection,
  type MemberHub,
  ThreadChannel,
} from './member-link.js';
import { ALL, CHANNEL, decodeMessage, encodeMessage } from './message.js';
import { MetricsAggregator } from './metrics-aggregator.js';

interface Meeting {
  readonly threadId: number;
  readonly channel: ThreadChannel;
  readonly connection: MemberConnection;
}

/** Hub for the threads that this thread starts, and for the members in this thread. */
export class ThreadHub implements MemberHub {
  readonly #followsWorkers: boolean;
  readonly #threads = new Set([threadId]);
  readonly #meetings = new Map<string, Meeting>();
  #lobby: ThreadChannel | undefined;
  #listener: HubListener | undefined;

  /** @param followsWorkers - True to include threads, not only the members in this thread. */
  constructor(followsWorkers: boolean) {
    this.#followsWorkers = followsWorkers;
  }

  /** {@inheritDoc MemberHub.open} */
  open(listener: HubListener): void {
    this.#listener = listener;
    this.#lobby = new ThreadChannel(CHANNEL, (message) =>
      listener.guard(() => this.#meet(message)),
    );
    if (this.#followsWorkers) process.on('worker', this.#follow);
    this.#requestHello();
  }

  /** Observes a thread that was already running. Repeated calls have no effect. */
  watch(worker: Worker): void {
    this.#follow(worker);
    this.#requestHello();
  }

  /** {@inheritDoc MemberHub.close} */
  close(): void {
    process.off('worker', this.#follow);
    this.#lobby?.close();
    this.#lobby = undefined;
    for (const { channel } of this.#meetings.values()) channel.close();
    this.#meetings.clear();
  }

  #requestHello(): void {
    this.#lobby?.send(encodeMessage({ kind: 'who', member: ALL }));
  }

  readonly #follow = (worker: Worker): void => {
    this.#guard(() => this.#followOne(worker));
  };

  #guard(listener: () => void): void {
    if (this.#listener === undefined) listener();
    else this.#listener.guard(listener);
  }

  #followOne(worker: Worker): void {
    const id = worker.threadId;
    // A thread that has exited has no id.
    if (id < 0 || this.#threads.has(id)) return;
    this.#threads.add(id);
    worker.once('exit', () => this.#guard(() => this.#exited(id)));
  }

  #exited(id: number): void {
    for (const it of this.#lobby?.unheard() ?? []) this.#guard(() => this.#meet(it));
    this.#threads.delete(id);
    for (const [member, meeting] of this.#meetings) {
      if (meeting.threadId === id) this.#end(member, meeting);
    }
  }

  #meet(message: unknown): void {
    const hello = decodeMessage(message);
    if (hello?.kind !== 'hello') {
      // A thread that exits during its start has not been met on its own channel yet.
      const meeting = this.#meetings.get(hello?.member ?? ALL);
      if (meeting !== undefined) this.#hear(hello?.member ?? ALL, meeting.connection, message);
      return;
    }
    if (!this.#threads.has(hello.threadId)) return;
    const { connection } = this.#meetings.get(hello.member) ?? this.#begin(hello);
    this.#listener?.heard(connection, message);
  }

  #begin({ member, threadId }: { readonly member: string; readonly threadId: number }): Meeting {
    const connection: MemberConnection = { send: (message) => channel.send(message) };
    const channel = new ThreadChannel(`${CHANNEL}:${member}`, (message) =>
      this.#guard(() => this.#hear(member, connection, message)),
    );
    const meeting = { threadId, channel, connection };
    this.#meetings.set(member, meeting);
    return meeting;
  }

  #hear(member: string, connection: MemberConnection, message: unknown): void {
    this.#listener?.heard(connection, message);
    const counts = decodeMessage(message);
    const meeting = this.#meetings.get(member);
    // Members in this thread join and leave while the thread keeps running.
    if (counts?.kind === 'counts' && counts.isLast && meeting !== undefined) {
      this.#end(member, meeting);
    }
  }

  #end(member: string, { channel, connection }: Meeting): void {
    this.#meetings.delete(member);
    // Messages that were sent before the end may still be unread.
    for (const message of channel.unheard()) this.#listener?.heard(connection, message);
    channel.close();
    this.#listener?.ended(connection);
  }
}

/** Aggregated metrics of all threads. */
export class ThreadMetricsAggregator extends MetricsAggregator {
  readonly #hub: ThreadHub;

  /** @internal */
  constructor(hub: ThreadHub, options: AggregatorOptions) {
    super([hub], options, true);
    this.#hub = hub;
  }

  /** Includes a thread that was already running. Threads started later are included automatically. */
  watch(worker: Worker): void {
    this.#hub.watch(worker);
  }
}

/**
 * Aggregates the metrics of all threads that this thread starts, and of an application in this thread. Call it once,
 * before starting threads. Applications import the module with the option `cluster`.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when an option is invalid.
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
