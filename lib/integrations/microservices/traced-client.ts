import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ClientProxy, type ProducerSerializer } from '@nestjs/microservices';
import { context as contextApi, type Tracer } from '@opentelemetry/api';
import {
  type ApplicationContext,
  attachedContext,
  receivesContext,
  giveContext,
} from '../../kernel/application-context.js';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import type { ExistingContext } from '../../tracing/context/trace-context-carrier.js';
import { headerWriterOf, type HeaderWriter, isWrittenFirst } from './outgoing-message.js';
import { SentMessages } from './sent-messages.js';

/** Options of {@link tracedClient}. */
export interface TracedClientOptions {
  /** What happens to a trace context that a message has already. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /**
   * Makes a PRODUCER span of each message, named `send <pattern>`, whose context the message carries: that of a request
   * ends with the last answer, that of an event when the broker has it. `false` where an instrumentation of the broker's
   * own client makes one, as those of `amqplib` and `kafkajs` do; messages then carry the context that is active.
   *
   * @defaultValue `true`
   */
  readonly span?: boolean | undefined;
  /** Makes the spans. @defaultValue the tracer of this library */
  readonly tracer?: Tracer | undefined;
  /**
   * Where messages that cannot take a trace context are counted.
   *
   * @defaultValue the metrics of the application, if it imports the module and provides the client
   */
  readonly faults?: Faults | undefined;
}

/** A `ClientProxy`, whatever its transport. */
export interface AnyClient {
  /** Opens the connection. */
  connect(): Promise<unknown>;
  /** Closes the connection. */
  close(): unknown;
}

const TRACED = Symbol.for('eventcore.traced-client');

/**
 * Lets a client of Nest's microservices send the trace context along with every message: in the headers of NATS,
 * RabbitMQ and Kafka; beside the data in the packet of Redis, TCP and MQTT, where a server that knows nothing of it gets
 * the same data as ever. For gRPC see {@link tracedMetadata}.
 *
 * @param client - The client; it is changed, once, and handed back.
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
  const writeIn = (packet: unknown): HeaderWriter => {
    const scope = sent.contextOf(packet);
    return (message) => contextApi.with(scope, () => write(message));
  };
  open.serializer = tracedSerializer(open.serializer, writeIn, isWrittenFirst(client));
  Object.defineProperty(client, TRACED, { value: true });
  receivesContext(client, (parts: ApplicationContext) => {
    sent.adopt(parts);
    if (options.faults === undefined) write = writing(parts.faults);
  });
  return client;
}

/**
 * {@link tracedClient} for every client that the application's modules provide, those of `ClientsModule` included.
 *
 * @returns How many there are.
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
  const clients = new Set(instances.filter((it) => it instanceof ClientProxy));
  const parts = attachedContext(container);
  for (const client of clients) {
    tracedClient(client, options);
    // Otherwise the module brings them when the application starts.
    if (parts !== undefined) giveContext(client, parts);
  }
  return clients.size;
}

/** What a client keeps for itself. */
interface OpenClient {
  serializer: ProducerSerializer | undefined;
  [TRACED]?: boolean;
}

/**
 * The serializer is where a message is about to leave: after `send()` was subscribed to, in the context of whoever did,
 * and with the record or custom serializer of the application already applied.
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
