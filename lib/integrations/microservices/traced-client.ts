import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { ClientProxy, ProducerSerializer } from '@nestjs/microservices';
import type { Tracer } from '@opentelemetry/api';
import {
  type ApplicationContext,
  attachedContext,
  receivesContext,
  giveContext,
} from '../../kernel/application-context.js';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import type { ExistingContext } from '../../tracing/context/trace-context-carrier.js';
import { isInstance } from './microservice-parts.js';
import { headerWriterOf, type HeaderWriter, isWrittenFirst } from './outgoing-message.js';
import { SentMessages } from './sent-messages.js';

/** Options of {@link tracedClient}. */
export interface TracedClientOptions {
  /** Treatment of a trace context that a message already carries. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /**
   * Creates a PRODUCER span named `send <pattern>` for each message, and sends its context. The span of a request ends
   * with the last answer, the span of an event when the broker has accepted it. Set it to `false` where an
   * instrumentation of the broker client creates spans, such as those of `amqplib` and `kafkajs`; messages then carry
   * the active context.
   *
   * @defaultValue `true`
   */
  readonly span?: boolean | undefined;
  /** Creates the spans. @defaultValue the tracer of this library */
  readonly tracer?: Tracer | undefined;
  /**
   * Counts messages that cannot carry a trace context.
   *
   * @defaultValue the metrics of the application, if it imports the module and provides the client
   */
  readonly faults?: Faults | undefined;
}

/** `ClientProxy` of any transport. */
export interface AnyClient {
  /** Opens the connection. */
  connect(): Promise<unknown>;
  /** Closes the connection. */
  close(): unknown;
}

const TRACED = Symbol.for('eventcore.traced-client');

/**
 * Makes a Nest microservice client send the trace context with every message. NATS, RabbitMQ and Kafka carry it in
 * headers; Redis, TCP and MQTT carry it in the packet, beside the data, so that a server that ignores it receives
 * unchanged data. For gRPC see {@link tracedMetadata}.
 *
 * @param client - Client to modify, at most once.
 * @returns The same client.
 * @throws ConfigurationError `OBS_PEER_MISSING` when the NATS package cannot be found.
 *
 * @example
 * ```ts
 * import { ClientProxyFactory, Transport } from '@nestjs/microservices';
 * import { tracedClient } from '@eventcore/nestjs-observability/microservices';
 *
 * export const ordersClient = {
 *   provide: 'ORDERS',
 *   useFactory: () => tracedClient(ClientProxyFactory.create({ transport: Transport.NATS })),
 * };
 * ```
 */
export function tracedClient<C extends AnyClient>(client: C, options: TracedClientOptions = {}): C {
  const open = client as unknown as OpenClient;
  if (open[TRACED] === true || open.serializer === undefined) return client;
  const { existing, span = true, tracer } = options;
  const writing = (faults: Faults) => headerWriterOf(client, { existing, faults });
  let write = writing(options.faults ?? new Faults(systemClock));
  const sent = new SentMessages(client, { span, tracer, faults: options.faults });
  const writeIn =
    (packet: unknown): HeaderWriter =>
    (message) =>
      sent.write(packet, message, write);
  open.serializer = tracedSerializer(open.serializer, writeIn, isWrittenFirst(client));
  Object.defineProperty(client, TRACED, { value: true });
  receivesContext(client, (context: ApplicationContext) => {
    sent.adopt(context);
    if (options.faults === undefined) write = writing(context.faults);
  });
  return client;
}

/**
 * Applies {@link tracedClient} to every client that the application's modules provide, including those of
 * `ClientsModule`.
 *
 * @returns The number of clients.
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { traceClients } from '@eventcore/nestjs-observability/microservices';
 *
 * export async function start(AppModule: object): Promise<void> {
 *   const app = await NestFactory.create(AppModule);
 *   traceClients(app);
 *   await app.listen(3000);
 * }
 * ```
 */
export function traceClients(app: INestApplicationContext, options?: TracedClientOptions): number {
  const container = app.get(ModulesContainer);
  const instances = [...container.values()].flatMap(({ providers }) =>
    [...providers.values()].map((it): unknown => it.instance),
  );
  const clients = new Set(instances.filter((it) => isInstance<ClientProxy>(it, 'ClientProxy')));
  const context = attachedContext(container);
  for (const client of clients) {
    tracedClient(client, options);
    // Before the start of the application, the module passes the context later.
    if (context !== undefined) giveContext(client, context);
  }
  return clients.size;
}

/** Protected members of a client. */
interface OpenClient {
  serializer: ProducerSerializer | undefined;
  [TRACED]?: boolean;
}

/**
 * Wraps the serializer, the last step before a message is sent: `send()` has been subscribed to, its context is active,
 * and the application's record or custom serializer has been applied.
 */
function tracedSerializer(
  inner: ProducerSerializer,
  writerOf: (packet: unknown) => HeaderWriter,
  first: boolean,
): ProducerSerializer {
  const serialize: ProducerSerializer['serialize'] = (value, options) => {
    const write = writerOf(value);
    if (first) return inner.serialize(write(value) as typeof value, options) as unknown;
    const message: unknown = inner.serialize(value, options);
    return message instanceof Promise ? message.then(write) : write(message);
  };
  return new Proxy(inner, {
    get: (target, property) => {
      if (property === 'serialize') return serialize;
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
