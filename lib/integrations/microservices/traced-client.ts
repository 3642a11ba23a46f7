import type { INestApplicationContext } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ClientProxy, type ProducerSerializer } from '@nestjs/microservices';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import type { ExistingContext } from '../../tracing/context/trace-context-carrier.js';
import { headerWriterOf, type HeaderWriter } from './outgoing-message.js';

/** Options of {@link tracedClient}. */
export interface TracedClientOptions {
  /** What happens to a trace context that a message has already. @defaultValue `keep` */
  readonly existing?: ExistingContext | undefined;
  /** Where messages that cannot take a trace context are counted. @defaultValue nowhere */
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
 * Lets a client of Nest's microservices send the trace context of the active span along with every message: in the
 * headers of NATS, RabbitMQ and Kafka; beside the data in the packet of Redis and TCP, where a server that knows nothing
 * of it gets the same data as ever.
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
export function tracedClient<C extends AnyClient>(
  client: C,
  { existing, faults = new Faults(systemClock) }: TracedClientOptions = {},
): C {
  const open = client as unknown as OpenClient;
  if (open[TRACED] === true || open.serializer === undefined) return client;
  const writer = headerWriterOf(client, { existing, faults });
  open.serializer = tracedSerializer(open.serializer, writer);
  Object.defineProperty(client, TRACED, { value: true });
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
  const modules = [...app.get(ModulesContainer).values()];
  const instances = modules.flatMap(({ providers }) =>
    [...providers.values()].map((it): unknown => it.instance),
  );
  const clients = new Set(instances.filter((it) => it instanceof ClientProxy));
  for (const client of clients) tracedClient(client, options);
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
function tracedSerializer(inner: ProducerSerializer, write: HeaderWriter): ProducerSerializer {
  const serialize: ProducerSerializer['serialize'] = (value, options) => {
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
