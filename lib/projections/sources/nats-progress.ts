import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answerRound, type FollowedScope, serverCount } from './scope-answers.js';

/** What is used of the JetStream manager of `nats` or `@nats-io/jetstream`. */
export interface JetStreamManagerLike {
  /** Consumers of streams. */
  readonly consumers: {
    /**
     * @param stream - Name of the stream.
     * @returns Pages of consumers; an empty one is the last.
     */
    list(stream: string): { next(): Promise<readonly JetStreamConsumerState[]> };
  };
  /** Streams. */
  readonly streams: {
    /**
     * @param stream - Name of the stream.
     * @returns Its state.
     */
    info(stream: string): Promise<{ readonly state: { readonly last_seq: number } }>;
    /**
     * @param stream - Name of the stream.
     * @param query - The first message from a sequence number on, of a subject with wildcards.
     * @returns The message.
     */
    getMessage(
      stream: string,
      query: { seq: number; next_by_subj: string },
    ): Promise<{ readonly time: Date } | null>;
  };
}

/** State of one consumer, as the server tells it. */
export interface JetStreamConsumerState {
  /** Name of the consumer. */
  readonly name: string;
  /** Messages that match and were not delivered yet. */
  readonly num_pending: number;
  /** Messages that were delivered and not acknowledged yet. */
  readonly num_ack_pending: number;
  /** The last message that was delivered. */
  readonly delivered: { readonly stream_seq: number };
  /** The last message up to which everything is acknowledged. */
  readonly ack_floor: { readonly stream_seq: number };
  /** How the consumer was made. */
  readonly config: {
    readonly filter_subject?: string;
    readonly filter_subjects?: readonly string[];
  };
}

/** The consumer that is one projection. */
export interface JetStreamConsumer {
  /** Name of the stream. */
  readonly stream: string;
  /** Name of the durable consumer. */
  readonly consumer: string;
}

/**
 * Progress of durable consumers of NATS JetStream, counted by the server: messages that match the subjects of the consumer and
 * are not acknowledged. A stream is asked once for all of its consumers, and once more for the time of the oldest message of
 * each consumer that is behind.
 *
 * The subjects of a consumer are its scope. The server cannot look into messages: of a projection with a filter of the module
 * there is no number of events, except 0.
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
   * @param manager - Manager of a connection; the connection is not closed here.
   * @param consumers - Consumers by the name of the projection.
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
    if (pending === 0) return { head: checkpoint, checkpoint, pendingEvents: 0 };
    const head = await once(['end', stream], () => this.#end(stream));
    const oldest = await once(['oldest', stream, consumer], () =>
      this.#oldest(stream, state, (checkpoint ?? 0) + 1),
    );
    return { head, checkpoint, ...serverCount(scope, pending), ...oldest };
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
    // The server finds the next message of one pattern, not of several.
    if ((config.filter_subjects?.length ?? 0) > 0) return {};
    const subject = config.filter_subject ?? '';
    const query = { seq, next_by_subj: subject === '' ? '>' : subject };
    // It may have been removed meanwhile, and the number is true without it.
    const message = await this.#manager.streams.getMessage(stream, query).catch(() => null);
    return message === null ? {} : { oldestPendingMs: message.time.getTime() };
  }
}

function checkpointOf(state: JetStreamConsumerState): number | null {
  const { num_ack_pending: open, delivered, ack_floor: floor } = state;
  const sequence = open === 0 ? delivered.stream_seq : floor.stream_seq;
  return sequence === 0 ? null : sequence;
}
