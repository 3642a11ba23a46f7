import type { HeadAnswer, HeadReading, HeadSource } from '../../head-source.js';
import type { ProjectionScope } from '../../projection-scope.js';
import { answersOf, followedBy, RoundReads, serverCount } from '../scope-answers.js';
import type {
  JetStreamConsumer,
  JetStreamConsumerState,
  JetStreamManagerLike,
} from './jetstream-manager.js';

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
  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    signal.throwIfAborted();
    const reads = new RoundReads();
    return answersOf(scopes, signal, (scope) => this.#read(scope, reads));
  }

  async #read(scope: ProjectionScope, reads: RoundReads): Promise<HeadReading> {
    const { stream, consumer } = followedBy(this.#consumers, scope);
    const states = await reads.once(['consumers', stream], () => this.#list(stream));
    const state = states.get(consumer);
    if (state === undefined) throw new RangeError(`${stream} has no consumer ${consumer}`);
    const checkpoint = checkpointOf(state);
    const pending = state.num_pending + state.num_ack_pending;
    if (pending === 0) return { head: checkpoint, checkpoint, pendingEvents: 0 };
    const head = await reads.once(['end', stream], () => this.#end(stream));
    const oldest = await reads.once(['oldest', stream, consumer], () =>
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
