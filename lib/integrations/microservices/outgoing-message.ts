import { createRequire } from 'node:module';
import { ClientKafka, ClientMqtt, ClientNats, ClientRMQ } from '@nestjs/microservices';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { headersMetadata, type HeadersLike } from '../../tracing/context/headers-metadata.js';
import { byteMetadata, plainMetadata } from '../../tracing/context/metadata-shape.js';
import {
  TraceContextCarrier,
  type TraceContextCarrierOptions,
} from '../../tracing/context/trace-context-carrier.js';

/** Adds the trace context of the active span to a serialized message; hands back what it cannot add to. */
export type HeaderWriter = (message: unknown) => unknown;

/** How messages of a client's transport take the trace context. */
export function headerWriterOf(client: object, options: TraceContextCarrierOptions): HeaderWriter {
  if (client instanceof ClientNats) return natsHeaders(options);
  if (client instanceof ClientRMQ) return rabbitMqHeaders(options);
  if (client instanceof ClientKafka) return kafkaHeaders(options);
  return packetMetadata(options);
}

/** Whether messages take it before they are serialized: those of MQTT are text afterwards. */
export function isWrittenFirst(client: object): boolean {
  return client instanceof ClientMqtt;
}

function natsHeaders(options: TraceContextCarrierOptions): HeaderWriter {
  const carrier = new TraceContextCarrier(headersMetadata(natsHeadersFactory()), options);
  return onObject<{ headers?: HeadersLike }>((message) => {
    const headers = carrier.write(message.headers);
    return [...headers].length === 0 ? message : { ...message, headers };
  });
}

function rabbitMqHeaders(options: TraceContextCarrierOptions): HeaderWriter {
  const carrier = new TraceContextCarrier(plainMetadata, options);
  return onObject<{ options?: { headers?: object } }>((message) => {
    const headers = carrier.write(message.options?.headers);
    return isEmpty(headers) ? message : { ...message, options: { ...message.options, headers } };
  });
}

function kafkaHeaders(options: TraceContextCarrierOptions): HeaderWriter {
  const carrier = new TraceContextCarrier(byteMetadata, options);
  return onObject<{ headers?: object }>((message) => ({
    ...message,
    headers: carrier.write(message.headers),
  }));
}

function packetMetadata(options: TraceContextCarrierOptions): HeaderWriter {
  const carrier = new TraceContextCarrier(plainMetadata, options);
  return onObject<{ metadata?: object }>((message) => {
    // What a serializer of the application's own made of the packet belongs to somebody else's protocol.
    if (!('pattern' in message)) return message;
    const metadata = carrier.write(message.metadata);
    return isEmpty(metadata) ? message : { ...message, metadata };
  });
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

function onObject<T extends object>(write: (message: T) => object): HeaderWriter {
  return (message) => (isRecord(message) ? write(message as T) : message);
}

function isRecord(message: unknown): message is object {
  return typeof message === 'object' && message !== null && !ArrayBuffer.isView(message);
}

// The first is what Nest 12 uses, the second what Nest 11 does.
const NATS_PACKAGES = ['@nats-io/transport-node', 'nats'];

/** Makes headers with the package that Nest itself sends them with. */
function natsHeadersFactory(): () => HeadersLike {
  const own = createRequire(import.meta.url);
  const requires = [createRequire(own.resolve('@nestjs/microservices')), own];
  for (const name of NATS_PACKAGES) {
    for (const require of requires) {
      try {
        return (require(name) as { headers: () => HeadersLike }).headers;
      } catch {
        // Not this one: the next place or package is tried, and none at all is an error below.
      }
    }
  }
  throw new ConfigurationError('OBS_PEER_MISSING', {
    subject: 'tracedClient()',
    value: 'ClientNats',
    rule: 'NATS headers are made by the package of NATS',
    remedy: 'npm install @nats-io/transport-node',
  });
}
