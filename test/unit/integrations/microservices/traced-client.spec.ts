import {
  ClientKafka,
  ClientNats,
  ClientRMQ,
  ClientRedis,
  NatsRecordBuilder,
  type ProducerSerializer,
  RmqRecordBuilder,
} from '@nestjs/microservices';
import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import { context, type SpanContext, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { headers as natsHeaders } from '@nats-io/transport-node';
import {
  tracedClient,
  type TracedClientOptions,
} from '../../../../lib/integrations/microservices/traced-client.js';
import { recordedFaults } from '../../tracing/context/recorded-faults.js';
import { registerTracing } from '../../tracing/context/registered-tracing.js';

const producer: SpanContext = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: 0,
};
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const ORIGIN = '00-11111111111111111111111111111111-2222222222222222-01';

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

/** What leaves a client for a packet, in the context of the producer unless told otherwise. */
function serialized(client: object, packet: object, active: SpanContext | null = producer) {
  const { serializer } = client as { serializer: ProducerSerializer };
  const scope = active === null ? context.active() : trace.setSpanContext(context.active(), active);
  return context.with(scope, () => serializer.serialize(packet as never) as unknown);
}

const nats = (options?: TracedClientOptions) => tracedClient(new ClientNats({}), options);
const rabbitMq = (options?: TracedClientOptions) => tracedClient(new ClientRMQ({}), options);
const redis = (serializer?: ProducerSerializer) =>
  tracedClient(new ClientRedis(serializer === undefined ? {} : { serializer }));
function kafka() {
  // The class needs a broker's package to be constructed; its serializer does not.
  const client = Object.create(ClientKafka.prototype) as ClientKafka;
  Object.assign(client, { serializer: new KafkaRequestSerializer() });
  return tracedClient(client);
}

describe('a message that a traced client sends', () => {
  const packet = { pattern: 'orders', data: { id: 1 } };

  it('A message that a traced client sends carries the trace context in the headers of NATS', () => {
    const message = serialized(nats(), packet) as { data: string; headers: Headers };
    expect(message.headers.get('traceparent')).toBe(TRACEPARENT);
    expect(JSON.parse(message.data)).toEqual(packet);
  });

  it('A message that a traced client sends carries it in the options of RabbitMQ, beside those of the application', () => {
    expect(serialized(rabbitMq(), packet)).toEqual({
      ...packet,
      options: { headers: { traceparent: TRACEPARENT } },
    });
    const options = { priority: 3, headers: { tenant: 'a' } };
    const data = new RmqRecordBuilder({ id: 1 }).setOptions(options as never).build();
    expect(serialized(rabbitMq(), { pattern: 'orders', data })).toEqual({
      ...packet,
      options: { priority: 3, headers: { tenant: 'a', traceparent: TRACEPARENT } },
    });
    expect(options.headers).toEqual({ tenant: 'a' });
  });

  it('A message that a traced client sends carries it in the headers of Kafka, as bytes', () => {
    expect(serialized(kafka(), { key: 'k', value: { id: 1 } })).toEqual({
      key: 'k',
      value: '{"id":1}',
      headers: { traceparent: Buffer.from(TRACEPARENT) },
    });
  });

  it('A message that a traced client sends carries it in the packet of Redis, beside what the application put there', () => {
    expect(serialized(redis(), { ...packet, metadata: { tenant: 'a' } })).toEqual({
      ...packet,
      metadata: { tenant: 'a', traceparent: TRACEPARENT },
    });
    expect(packet).toEqual({ pattern: 'orders', data: { id: 1 } });
  });

  it('A message that a traced client sends keeps the origin that it names already, unless the client replaces it', () => {
    const headers = natsHeaders();
    headers.set('traceparent', ORIGIN);
    const data = new NatsRecordBuilder({ id: 1 }).setHeaders(headers).build();
    const traceparentOf = (client: ClientNats) => {
      const message = serialized(client, { pattern: 'orders', data }) as { headers: Headers };
      return message.headers.get('traceparent');
    };
    expect(traceparentOf(nats())).toBe(ORIGIN);
    expect(traceparentOf(nats({ existing: 'replace' }))).toBe(TRACEPARENT);
    expect(headers.get('traceparent')).toBe(ORIGIN);
  });

  it('A message that a traced client sends is what it was when no span is active', () => {
    expect(serialized(rabbitMq(), packet, null)).toEqual(packet);
    expect(serialized(redis(), packet, null)).toEqual(packet);
    const message = serialized(nats(), packet, null) as { headers?: unknown };
    expect(message.headers).toBeUndefined();
  });

  it('A message that a traced client sends is left alone where a serializer of the application speaks another protocol', () => {
    expect(serialized(redis({ serialize: ({ data }) => data as unknown }), packet)).toEqual({
      id: 1,
    });
    expect(serialized(redis({ serialize: () => 'text' }), packet)).toBe('text');
    const bytes = Buffer.from('bytes');
    expect(serialized(redis({ serialize: () => bytes }), packet)).toBe(bytes);
  });

  it('A message that a traced client sends is awaited where a serializer of the application takes its time', async () => {
    const client = redis({ serialize: (it) => Promise.resolve(it) as never });
    await expect(serialized(client, packet)).resolves.toMatchObject({
      metadata: { traceparent: TRACEPARENT },
    });
  });

  it('A message that a traced client sends leaves with hostile headers as it came, and is counted', () => {
    const { faults, counted } = recordedFaults();
    const options = { headers: 'text' };
    const data = new RmqRecordBuilder({ id: 1 }).setOptions(options as never).build();
    expect(serialized(rabbitMq({ faults }), { pattern: 'orders', data })).toMatchObject({
      options,
    });
    expect(counted).toEqual(['trace_context']);
  });
});

describe('a traced client', () => {
  it('A traced client is the client that was given, changed once', () => {
    const client = new ClientRedis({});
    expect(tracedClient(client)).toBe(client);
    const { serializer } = client as unknown as { serializer: object };
    expect(tracedClient(client)).toBe(client);
    expect((client as unknown as { serializer: object }).serializer).toBe(serializer);
  });

  it('A traced client keeps what else its serializer can do', () => {
    class Counting {
      #count = 0;
      init(): number {
        return ++this.#count;
      }
      serialize(value: unknown): unknown {
        return value;
      }
    }
    const client = redis(new Counting());
    const { serializer } = client as unknown as { serializer: Counting };
    expect(serializer.init()).toBe(1);
    expect(serializer.init()).toBe(2);
  });

  it('A traced client is anything with connect and close; without a serializer it stays as it is', () => {
    const grpc = { connect: () => Promise.resolve(), close: () => undefined };
    expect(tracedClient(grpc)).toBe(grpc);
    expect(Object.keys(grpc)).toEqual(['connect', 'close']);
  });
});
