import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import { isBeyond } from '../position.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answerRound, type FollowedScope, serverCount } from './scope-answers.js';

/** Methods of the JetStream manager of `nats` or `@nats-io/jetstream` that {@link NatsProgress} calls. */
export interface JetStreamManagerLike {
  /** Consumers of streams. */
  readonly consumers: {
    /**
     * @param stream - Stream name.
     * @returns Pages of consumers, up to an empty page.
     */
    list(stream: string): { next(): Promise<readonly JetStreamConsumerState[]> };
  };
  /** Streams. */
  readonly streams: {
    /**
     * @param stream - Stream name.
     * @returns The state of the stream.
     */
    info(stream: string): Promise<{ readonly state: { readonly last_seq: number } }>;
    /**
     * @param stream - Stream name.
     * @param query - First sequence number to search, and subject with wildcards.
     * @returns The first matching message.
     */
    getMessage(
      stream: string,
      query: { seq: number; next_by_subj: string },
    ): Promise<{ readonly time: Date } | null>;
  };
}

/** State of one consumer, as reported by the server. */
export interface JetStreamConsumerState {
  /** Consumer name. */
  readonly name: string;
  /** Number of matching messages that have not been delivered. */
  readonly num_pending: number;
  /** Number of delivered messages that have not been acknowledged. */
  readonly num_ack_pending: number;
  /** Last delivered message. */
  readonly delivered: { readonly stream_seq: number };
  /** Last message up to which everything is acknowledged. */
  readonly ack_floor: { readonly stream_seq: number };
  /** Configuration of the consumer. */
  readonly config: {
    readonly filter_subject?: string;
    readonly filter_subjects?: readonly string[];
  };
}

/** Durable consumer that feeds one projection. */
export interface JetStreamConsumer {
  /** Stream name. */
  readonly stream: string;
  /** Consumer name. */
  readonly consumer: string;
}

/**
 * Reads the progress of durable NATS JetStream consumers, as counted by the server: messages that match the subjects of
 * the consumer and are not acknowledged. Each stream is read once for all of its consumers, and once more per lagging
 * consumer for the time of its oldest message.
 *
 * The subjects of a consumer define its scope. The server cannot filter messages by content: a projection with a filter
 * reports no event count, except 0.
 *
 * @example
 * ```ts
 * import { NatsProgress, type JetStreamManagerLike } from '@eventcore/nestjs-observability/projections';
 *
 * export const progressOf = (manager: JetStreamManagerLike) =>
 *   new NatsProgress(manager, { order_summary: { stream: 'ORDERS', consumer: 'order-summary' } });
 * ```
 */
export class NatsProgress implements HeadSource {
  readonly #manager: JetStreamManagerLike;
  readonly #consumers: Readonly<Record<string, JetStreamConsumer>>;

  /**
   * @param manager - JetStream manager. The source does not close its connection.
   * @param consumers - Consumers by projection name.
   */
  constructor(
    manager: JetStreamManagerLike,
    consumers: Readonly<Record<string, JetStreamConsumer>>,
  ) {
    this.#manager = manager;
    this.#consumers = consumers;
  }

  /** {@inheritDoc HeadSource.observe} */
  observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    return answerRound({ scopes, signal, followed: this.#consumers }, (it) => this.#read(it));
  }

  async #read({
    scope,
    followed: { stream, consumer },
    once,
  }: FollowedScope<JetStreamConsumer>): Promise<HeadReading> {
    const states = await once(['consumers', stream], () => this.#list(stream));
    const state = states.get(consumer);
    if (state === undefined) throw new RangeError(`${stream} has no consumer ${consumer}`);
    const checkpoint = checkpointOf(state);
    const pending = state.num_pending + state.num_ack_pending;
    const end = await once(['end', stream], () => this.#end(stream));
    if (pending === 0) {
      const head = isBeyond(checkpoint, end) ? end : checkpoint;
      return { head, end, checkpoint, pendingEvents: 0 };
    }
    const oldest = await once(['oldest', stream, consumer], () =>
      this.#oldest(stream, state, (checkpoint ?? 0) + 1),
    );
    return { head: end, end, checkpoint, ...serverCount(scope, pending), ...oldest };
  }

  async #list(stream: string): Promise<ReadonlyMap<string, JetStreamConsumerState>> {
    const states = new Map<string, JetStreamConsumerState>();
    const pages = this.#manager.consumers.list(stream);
    let page = await pages.next();
    while (page.length > 0) {
      for (const state of page) states.set(state.name, state);
      page = await pages.next();
    }
    return states;
  }

  async #end(stream: string): Promise<number> {
    return (await this.#manager.streams.info(stream)).state.last_seq;
  }

  async #oldest(
    stream: string,
    { config }: JetStreamConsumerState,
    seq: number,
  ): Promise<{ oldestPendingMs?: number }> {
    // The server searches for one subject pattern, not for several.
    if ((config.filter_subjects?.length ?? 0) > 0) return {};
    const subject = config.filter_subject ?? '';
    const query = { seq, next_by_subj: subject === '' ? '>' : subject };
    // The message may have been removed in the meantime; the count is exact without it.
    const message = await this.#manager.streams.getMessage(stream, query).catch(() => null);
    return message === null ? {} : { oldestPendingMs: message.time.getTime() };
  }
}

function checkpointOf(state: JetStreamConsumerState): number | null {
  const { num_ack_pending: open, delivered, ack_floor: floor } = state;
  const sequence = open === 0 ? delivered.stream_seq : floor.stream_seq;
  return sequence === 0 ? null : sequence;
}
