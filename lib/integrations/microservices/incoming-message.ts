import { KafkaContext, MqttContext, NatsContext, RmqContext } from '@nestjs/microservices';
import type { Faults } from '../../kernel/faults.js';
import { headersMetadata, type HeadersLike } from '../../tracing/context/headers-metadata.js';
import { plainMetadata } from '../../tracing/context/metadata-shape.js';
import {
  type MessageContext,
  TraceContextCarrier,
} from '../../tracing/context/trace-context-carrier.js';
import { packetMetadataOf } from './trace-context-deserializer.js';
import { type GrpcMetadata, grpcMetadata, isGrpcMetadata } from './traced-metadata.js';

/** A message as its span describes it. */
export interface IncomingMessage {
  /** `messaging.system`; absent for transports that are no messaging system. */
  readonly system?: string | undefined;
  /** Subject, pattern, topic or channel that the message came by. */
  readonly destination?: string | undefined;
  /** When it was sent, in milliseconds since the Unix epoch, where the transport tells. */
  readonly sentAtMs?: number | undefined;
  /** Where it comes from. */
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
   * What is known about a message.
   *
   * @param transport - The context that Nest hands to `@Ctx()`.
   * @param data - The payload that it hands to `@Payload()`.
   */
  read(transport: unknown, data: unknown): IncomingMessage {
    if (transport instanceof NatsContext) return this.#fromNats(transport);
    if (transport instanceof RmqContext) return this.#fromRabbitMq(transport);
    if (transport instanceof KafkaContext) return this.#fromKafka(transport);
    if (transport instanceof MqttContext) return this.#fromMqtt(transport, data);
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

  /** Transports without headers, such as Redis and TCP, carry it in the packet around the data. */
  #fromPacket(context: PacketContext, data: unknown): IncomingMessage {
    return {
      system: context.getChannel === undefined ? undefined : 'redis',
      destination: context.getChannel?.() ?? context.getPattern?.(),
      origin: this.#fields.read(context.getMetadata?.() ?? packetMetadataOf(data)),
    };
  }
}

/** Properties of an AMQP message; its time is in seconds. */
interface RabbitMqProperties {
  readonly headers?: object;
  readonly timestamp?: unknown;
}

/** What the contexts of Redis and TCP may have; `getMetadata` came with Nest 12.1. */
interface PacketContext {
  getChannel?(): string;
  getPattern?(): string;
  getMetadata?(): unknown;
}
