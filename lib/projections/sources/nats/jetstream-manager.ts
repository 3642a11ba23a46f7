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
