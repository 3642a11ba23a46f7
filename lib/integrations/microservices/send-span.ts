import { ClientKafka, ClientMqtt, ClientNats, ClientRedis, ClientRMQ } from '@nestjs/microservices';
import { context as contextApi, type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import { lowCardinality } from './message-name.format.js';

// TCP is no messaging system.
const SYSTEMS: readonly (readonly [client: abstract new (...args: never[]) => object, string])[] = [
  [ClientNats, 'nats'],
  [ClientRMQ, 'rabbitmq'],
  [ClientKafka, 'kafka'],
  [ClientRedis, 'redis'],
  [ClientMqtt, 'mqtt'],
];

/** `messaging.system` of a client; `undefined` for a transport that is no messaging system, or one not of Nest. */
export function systemOf(client: object): string | undefined {
  return SYSTEMS.find(([type]) => client instanceof type)?.[1];
}

/** Begins the PRODUCER span of a message, in the active context. */
export function startSendSpan(
  tracer: Tracer,
  { pattern, system }: { readonly pattern: string; readonly system: string | undefined },
): Span {
  const template = lowCardinality(pattern);
  const attributes = {
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': pattern,
    ...(system !== undefined && { 'messaging.system': system }),
    ...(template !== pattern && { 'messaging.destination.template': template }),
  };
  const options = { kind: SpanKind.PRODUCER, attributes };
  return tracer.startSpan(`send ${template}`, options, contextApi.active());
}
