import type { ConsumerDeserializer, IncomingEvent, IncomingRequest } from '@nestjs/microservices';

type Packet = IncomingRequest | IncomingEvent;

const metadataByData = new WeakMap<object, unknown>();

/**
 * Keeps the trace context of MQTT messages for the interceptor, and that of Redis and TCP messages on Nest before 12.1,
 * which drops it. Messages whose data is no object have none there.
 *
 * @example
 * ```ts
 * import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
 * import { TraceContextDeserializer } from '@eventcore/nestjs-observability/microservices';
 *
 * export const redis: MicroserviceOptions = {
 *   transport: Transport.REDIS,
 *   options: { host: 'localhost', deserializer: new TraceContextDeserializer() },
 * };
 * ```
 */
export class TraceContextDeserializer implements ConsumerDeserializer {
  readonly #inner: ConsumerDeserializer;

  /** @param inner - Does the work. @defaultValue that of Nest */
  constructor(inner: ConsumerDeserializer = { deserialize: asPacket }) {
    this.#inner = inner;
  }

  /** The packet as the inner deserializer reads it. */
  deserialize(
    value: unknown,
    options?: Record<string, unknown>,
  ): IncomingRequest | IncomingEvent | Promise<IncomingRequest | IncomingEvent> {
    const packet = this.#inner.deserialize(value, options);
    if (packet instanceof Promise) return packet.then(remember);
    return remember(packet);
  }
}

/** The metadata of the packet that the data of a message came in. */
export function packetMetadataOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? metadataByData.get(data) : undefined;
}

function remember(packet: Packet): Packet {
  const { data, metadata } = packet as { data?: unknown; metadata?: unknown };
  if (typeof data === 'object' && data !== null && metadata !== undefined) {
    metadataByData.set(data, metadata);
  }
  return packet;
}

/** What Nest does without a deserializer: data that is in no packet came from a sender that is not Nest. */
function asPacket(value: unknown, options?: { readonly channel?: unknown }): Packet {
  const { pattern, data } = (value ?? {}) as Partial<Packet>;
  if (pattern !== undefined || data !== undefined) return value as Packet;
  return { pattern: options?.channel, data: value };
}
