import { ConfigurationError } from '../../kernel/configuration-error.js';
import { ownFile } from '../../kernel/peers/process-state.js';
import { requireOf } from '../../kernel/peers/require-of.js';
import { headersMetadata, type HeadersLike } from '../../tracing/context/headers-metadata.js';
import { byteMetadata, plainMetadata } from '../../tracing/context/metadata-shape.js';
import {
  TraceContextCarrier,
  type TraceContextCarrierOptions,
} from '../../tracing/context/trace-context-carrier.js';
import { isInstance } from './microservice-parts.js';

/** Adds the trace context of the active span to a serialized message; returns a message of another form unchanged. */
export type HeaderWriter = (message: unknown) => unknown;

/** Returns the writer for the transport of a client. */
export function headerWriterOf(client: object, options: TraceContextCarrierOptions): HeaderWriter {
  if (isInstance(client, 'ClientNats')) return natsHeaders(options);
  if (isInstance(client, 'ClientRMQ')) return rabbitMqHeaders(options);
  if (isInstance(client, 'ClientKafka')) return kafkaHeaders(options);
  return packetMetadata(options);
}

/** Returns true when the context must be written before serialization: serialized MQTT messages are strings. */
export function isWrittenFirst(client: object): boolean {
  return isInstance(client, 'ClientMqtt');
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
    // A packet from a custom serializer follows a foreign protocol.
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

// Packages of Nest 12 and Nest 11, in this order.
const NATS_PACKAGES = ['@nats-io/transport-node', 'nats'];

/** Returns the header factory of the package that Nest itself uses. */
function natsHeadersFactory(): () => HeadersLike {
  const own = requireOf(ownFile);
  const requires = [requireOf(own.resolve('@nestjs/microservices')), own];
  for (const name of NATS_PACKAGES) {
    for (const require of requires) {
      try {
        return (require(name) as { headers: () => HeadersLike }).headers;
      } catch {
        // Try the next location or package; if none is found, the error below is thrown.
      }
    }
  }
  throw new ConfigurationError('OBS_PEER_MISSING', {
    subject: 'tracedClient()',
    value: 'ClientNats',
    rule: 'NATS headers require the NATS package',
    remedy: 'Run npm install @nats-io/transport-node.',
  });
}
