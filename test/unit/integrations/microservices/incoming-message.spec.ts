import { headers as natsHeaders } from '@nats-io/transport-node';
import {
  KafkaContext,
  NatsContext,
  RedisContext,
  RmqContext,
  TcpContext,
} from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { IncomingMessages } from '../../../../lib/integrations/microservices/incoming-message.js';
import { TraceContextDeserializer } from '../../../../lib/integrations/microservices/trace-context-deserializer.js';
import { recordedFaults } from '../../tracing/context/recorded-faults.js';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const origin = {
  spanContext: {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 0,
    isRemote: true,
  },
};

function messages() {
  const recorded = recordedFaults();
  return { read: new IncomingMessages(recorded.faults), ...recorded };
}

describe('the origin of a message', () => {
  it('The origin of a message is in the headers of NATS, in whatever case', () => {
    const headers = natsHeaders();
    headers.set('Traceparent', TRACEPARENT);
    const context = new NatsContext(['orders.7.placed', headers]);
    expect(messages().read.read(context, {})).toMatchObject({
      system: 'nats',
      destination: 'orders.7.placed',
      origin,
    });
  });

  it('The origin of a message is absent, and no fault, in NATS messages without it', () => {
    const { read, counted } = messages();
    const without = natsHeaders();
    without.set('tenant', 'a');
    for (const headers of [undefined, natsHeaders(), without]) {
      expect(read.read(new NatsContext(['x', headers]), {}).origin.spanContext).toBeUndefined();
    }
    expect(counted).toEqual([]);
  });

  it('The origin of a message is in the properties of RabbitMQ, whose time is in seconds', () => {
    const properties = { headers: { traceparent: TRACEPARENT }, timestamp: 1_700_000_000 };
    const context = new RmqContext([{ properties }, {}, 'orders.placed']);
    expect(messages().read.read(context, {})).toMatchObject({
      system: 'rabbitmq',
      destination: 'orders.placed',
      sentAtMs: 1_700_000_000_000,
      origin,
    });
    const bare = new RmqContext([{ properties: {} }, {}, 'orders.placed']);
    expect(messages().read.read(bare, {}).sentAtMs).toBeUndefined();
  });

  it('The origin of a message is in the headers of Kafka, as bytes', () => {
    const message = {
      headers: { traceparent: Buffer.from(TRACEPARENT) },
      timestamp: '1700000000000',
    };
    const context = new KafkaContext([message, 0, 'orders'] as never);
    expect(messages().read.read(context, {})).toMatchObject({
      system: 'kafka',
      destination: 'orders',
      sentAtMs: 1_700_000_000_000,
      origin,
    });
  });

  it('The origin of a message is in the packet of Redis and TCP', () => {
    const metadata = { traceparent: TRACEPARENT };
    const redis = new RedisContext(['orders', metadata] as never);
    expect(messages().read.read(redis, 'text')).toMatchObject({
      system: 'redis',
      destination: 'orders',
      origin,
    });
    const tcp = new TcpContext([{}, 'orders', metadata] as never);
    const message = messages().read.read(tcp, 'text');
    expect(message).toMatchObject({ destination: 'orders', origin });
    expect(message.system).toBeUndefined();
  });

  it.each([undefined, null, 'text', {}, { traceparent: TRACEPARENT }])(
    'The origin of a message is absent for a transport that nobody knows: %s',
    (context) => {
      expect(messages().read.read(context, undefined).origin).toEqual({});
    },
  );

  it('The origin of a message that is malformed is counted', () => {
    const { read, counted } = messages();
    const context = new RedisContext(['orders', { traceparent: 'rubbish' }] as never);
    expect(read.read(context, {}).origin.spanContext).toBeUndefined();
    expect(counted).toEqual(['trace_context']);
  });
});

describe('on a Nest that drops the metadata of packets', () => {
  // What Nest 11 hands to the handler of a Redis message.
  const oldContext = { getChannel: () => 'orders' };
  const metadata = { traceparent: TRACEPARENT };

  it('The deserializer keeps it for data that is an object', () => {
    const packet = { pattern: 'orders', data: { id: 1 }, metadata };
    const { data } = new TraceContextDeserializer().deserialize(packet) as typeof packet;
    expect(data).toBe(packet.data);
    expect(messages().read.read(oldContext, data)).toMatchObject({ origin });
    expect(messages().read.read(oldContext, { id: 1 }).origin).toEqual({});
  });

  it('The deserializer reads packets and foreign messages as Nest does', async () => {
    const deserializer = new TraceContextDeserializer();
    const read = (value: unknown) => deserializer.deserialize(value, { channel: 'orders' });
    const packet = { pattern: 'p', data: 'text', metadata };
    expect(read(packet)).toBe(packet);
    for (const foreign of ['text', 7, null, undefined, { id: 1 }]) {
      expect(read(foreign)).toEqual({ pattern: 'orders', data: foreign });
    }
  });

  it('The deserializer leaves the work to the one of the application', async () => {
    const packet = { pattern: 'p', data: { id: 2 }, metadata };
    const inner = { deserialize: () => Promise.resolve(packet) };
    await expect(new TraceContextDeserializer(inner).deserialize('bytes')).resolves.toBe(packet);
    expect(messages().read.read(oldContext, packet.data)).toMatchObject({ origin });
  });
});
