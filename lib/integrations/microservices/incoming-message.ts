import type { KafkaContext, MqttContext, NatsContext, RmqContext } from '@nestjs/microservices';
import type { Faults } from '../../kernel/faults.js';
import { headersMetadata, type HeadersLike } from '../../tracing/context/headers-metadata.js';
import { plainMetadata } from '../../tracing/context/metadata-shape.js';
import {
  type MessageContext,
  TraceContextCarrier,
} from '../../tracing/context/trace-context-carrier.js';
import { isInstance } from './microservice-parts.js';
import { packetMetadataOf } from './trace-context-deserializer.js';
import { type GrpcMetadata, grpcMetadata, isGrpcMetadata } from './traced-metadata.js';

/** Message properties for its span. */
export interface IncomingMessage {
  /** `messaging.system`; absent for transports that are not messaging systems. */
  readonly system?: string | undefined;
  /** Subject, pattern, topic or channel of the message. */
  readonly destination?: string | undefined;
  /** Time of sending in milliseconds since the Unix epoch, if the transport provides it. */
  readonly sentAtMs?: number | undefined;
  /** Trace context and correlation of the sender. */
  readonly origin: MessageContext;
}

/** Reads messages of Nest's transports. */
export class IncomingMessages {
  readonly #fields: TraceContextCarrier<object>;
  readonly #headers: TraceContextCarrier<HeadersLike>;
  readonly #grpc: TraceContextCarrier<GrpcMetadata>;

  constructor(faults: Faults) {
    this.#fields = new TraceContextCarrier(plainMetadata, { faults });
    this.#headers = new TraceContextCarrier(headersMetadata<HeadersLike>(), { faults });
    this.#grpc = new TraceContextCarrier(grpcMetadata, { faults });
  }

  /**
   * Reads the properties of a message.
   *
   * @param transport - The context that Nest passes to `@Ctx()`.
   * @param data - The payload that Nest passes to `@Payload()`.
   */
  read(transport: unknown, data: unknown): IncomingMessage {
    if (isInstance<NatsContext>(transport, 'NatsContext')) return this.#fromNats(transport);
    if (isInstance<RmqContext>(transport, 'RmqContext')) return this.#fromRabbitMq(transport);
    if (isInstance<KafkaContext>(transport, 'KafkaContext')) return this.#fromKafka(transport);
    if (isInstance<MqttContext>(transport, 'MqttContext')) return this.#fromMqtt(transport, data);
    if (isGrpcMetadata(transport)) return { origin: this.#grpc.read(transport) };
    return this.#fromPacket((transport ?? {}) as PacketContext, data);
  }

  #fromNats(context: NatsContext): IncomingMessage {
    const origin = this.#headers.read(context.getHeaders());
    return { system: 'nats', destination: context.getSubject(), origin };
  }

  #fromRabbitMq(context: RmqContext): IncomingMessage {
    const { properties = {} } = context.getMessage() as { properties?: RabbitMqProperties };
    const { headers, timestamp } = properties;
    return {
      system: 'rabbitmq',
      destination: context.getPattern(),
      sentAtMs: typeof timestamp === 'number' ? timestamp * 1000 : undefined,
      origin: this.#fields.read(headers),
    };
  }

  #fromKafka(context: KafkaContext): IncomingMessage {
    const { headers, timestamp } = context.getMessage();
    return {
      system: 'kafka',
      destination: context.getTopic(),
      sentAtMs: timestamp === undefined ? undefined : Number(timestamp),
      origin: this.#fields.read(headers),
    };
  }

  #fromMqtt(context: MqttContext, data: unknown): IncomingMessage {
    const origin = this.#fields.read(packetMetadataOf(data));
    return { system: 'mqtt', destination: context.getTopic(), origin };
  }

  /** Transports without headers, such as Redis and TCP, carry the context in the packet around the data. */
  #fromPacket(context: PacketContext, data: unknown): IncomingMessage {
    return {
      system: context.getChannel === undefined ? undefined : 'redis',
      destination: context.getChannel?.() ?? context.getPattern?.(),
      origin: this.#fields.read(context.getMetadata?.() ?? packetMetadataOf(data)),
    };
  }
}

/** Properties of an AMQP message; the timestamp is in seconds. */
interface RabbitMqProperties {
  readonly headers?: object;
  readonly timestamp?: unknown;
}

/** Members of the Redis and TCP contexts; `getMetadata` exists since Nest 12.1. */
interface PacketContext {
  getChannel?(): string;
  getPattern?(): string;
  getMetadata?(): unknown;
}
