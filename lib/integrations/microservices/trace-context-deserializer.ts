import { types } from 'node:util';
import type { ConsumerDeserializer, IncomingEvent, IncomingRequest } from '@nestjs/microservices';

type Packet = IncomingRequest | IncomingEvent;

const metadataByData = new WeakMap<object, unknown>();

/**
 * Keeps the trace context of MQTT messages for the interceptor, and of Redis and TCP messages on Nest before 12.1,
 * which discards it. The context of a message is lost when its data is not an object.
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

  /** @param inner - Deserializer to wrap. @defaultValue the deserializer of Nest */
  constructor(inner: ConsumerDeserializer = { deserialize: asPacket }) {
    this.#inner = inner;
  }

  /** Returns the packet of the inner deserializer. */
  deserialize(
    value: unknown,
    options?: Record<string, unknown>,
  ): IncomingRequest | IncomingEvent | Promise<IncomingRequest | IncomingEvent> {
    const packet = this.#inner.deserialize(value, options);
    if (types.isPromise(packet)) return packet.then(remember);
    return remember(packet);
  }
}

/** Returns the metadata of the packet that contained the message data. */
export function packetMetadataOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null ? metadataByData.get(data) : undefined;
}

function remember(packet: Packet): Packet {
  try {
    const { data, metadata } = packet as { data?: unknown; metadata?: unknown };
    if (typeof data === 'object' && data !== null && metadata !== undefined) {
      metadataByData.set(data, metadata);
    }
  } catch {
    // A packet that cannot be read has no context, and Nest decides what it is.
  }
  return packet;
}

/** Deserializes like Nest does by default: data outside a packet comes from a sender other than Nest. */
function asPacket(value: unknown, options?: { readonly channel?: unknown }): Packet {
  const { pattern, data } = (value ?? {}) as Partial<Packet>;
  if (pattern !== undefined || data !== undefined) return value as Packet;
  return { pattern: options?.channel, data: value };
}
