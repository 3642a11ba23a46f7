import { Metadata } from '@grpc/grpc-js';
import {
  ClientKafka,
  ClientMqtt,
  ClientProxy,
  MqttContext,
  type ReadPacket,
  type WritePacket,
} from '@nestjs/microservices';
import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import { MqttRecordSerializer } from '@nestjs/microservices/serializers/mqtt-record.serializer.js';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { setImmediate as nextTick } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IncomingMessages } from '../../../../lib/integrations/microservices/incoming-message.js';
import { TraceContextDeserializer } from '../../../../lib/integrations/microservices/trace-context-deserializer.js';
import {
  tracedClient,
  type TracedClientOptions,
} from '../../../../lib/integrations/microservices/traced-client.js';
import { tracedMetadata } from '../../../../lib/integrations/microservices/traced-metadata.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { REJECTION } from '../../../../lib/kernel/errors/error-classification.js';
import { ManualClock } from '../../../../lib/testing/manual-clock.js';
import { registerTracing } from '../../tracing/context/registered-tracing.js';

let tracing: ReturnType<typeof registerTracing>;
beforeEach(() => {
  tracing = registerTracing();
});
afterEach(() => tracing.stop());

type Answers = (answer: (packet: WritePacket) => void) => void;

/** A client over a wire that a test holds in its hands. */
class HandClient extends ClientProxy {
  readonly sent: unknown[] = [];
  left = 0;
  answers: Answers = (answer) => answer({ response: 1, isDisposed: true });

  constructor() {
    super();
    this.initializeSerializer({});
  }
  async connect(): Promise<void> {}
  close(): void {}
  unwrap<T>(): T {
    return this as never;
  }
  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    this.sent.push(this.serializer.serialize(packet));
    this.answers(callback);
    return () => this.left++;
  }
  protected dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    this.sent.push(this.serializer.serialize(packet));
    return packet.data === 'refused' ? Promise.reject(new Error('broker gone')) : (0 as never);
  }
}

const client = (options?: TracedClientOptions) => tracedClient(new HandClient(), options);
const onlySpan = () => {
  expect(tracing.spans()).toHaveLength(1);
  return tracing.spans()[0]!;
};
const traceparentOf = (span: ReturnType<typeof onlySpan>) => {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
};

describe('the span of a request', () => {
  it('The span of a request is what the message carries, and ends with its last answer', async () => {
    const hand = client();
    let answer: (packet: WritePacket) => void = () => undefined;
    hand.answers = (it) => (answer = it);
    const answered = lastValueFrom(hand.send('orders.look', { id: 1 }));
    await nextTick();
    answer({ response: 1 });
    expect(tracing.spans()).toEqual([]);
    answer({ response: 2, isDisposed: true });
    expect(await answered).toBe(2);
    const span = onlySpan();
    expect(span).toMatchObject({ name: 'send orders.look', kind: SpanKind.PRODUCER });
    expect(span.attributes).toEqual({
      'messaging.destination.name': 'orders.look',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
    });
    expect(hand.sent).toEqual([
      {
        pattern: 'orders.look',
        data: { id: 1 },
        metadata: { traceparent: traceparentOf(span) },
      },
    ]);
  });

  it('The span of a request ends when nobody waits any more', async () => {
    const hand = client();
    hand.answers = () => undefined;
    const subscription = hand.send('orders.look', 1).subscribe();
    await nextTick();
    subscription.unsubscribe();
    expect(hand.left).toBe(1);
    expect(onlySpan().status.code).toBe(SpanStatusCode.UNSET);
  });

  it('The span of a request of a failure is an error, of a rejection is none; the sender gets what was answered', async () => {
    const hand = client();
    const err = new RangeError('out of range');
    hand.answers = (answer) => answer({ err });
    await expect(lastValueFrom(hand.send('orders.look', 1))).rejects.toBe(err);
    expect(onlySpan()).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'out of range' },
      attributes: { 'error.type': 'RangeError' },
    });
    tracing.reset();
    const no = Object.assign(new Error('no'), { [REJECTION]: true });
    hand.answers = (answer) => answer({ err: no });
    await expect(lastValueFrom(hand.send('orders.look', 1))).rejects.toBe(no);
    expect(onlySpan().status.code).toBe(SpanStatusCode.UNSET);
  });

  it('The span of a request is an error when the client throws', async () => {
    const hand = client();
    hand.answers = () => {
      throw new TypeError('broken');
    };
    await expect(lastValueFrom(hand.send('a', 1))).rejects.toThrow('broken');
    expect(onlySpan().status.code).toBe(SpanStatusCode.ERROR);
  });

  it.each([
    ['orders.42.placed', 'send orders.*.placed'],
    ['orders/0af7651916cd43dd8448eb211c80319c', 'send orders/*'],
    ['a:3f0e8f0a-9a51-4c5e-8f2e-0123456789ab', 'send a:*'],
    ['orders.v2', 'send orders.v2'],
    ['x'.repeat(200), `send ${'x'.repeat(128)}`],
    [{ cmd: 'place' }, 'send {"cmd":"place"}'],
  ])('The span of a request of %j is named %s', async (pattern, name) => {
    await lastValueFrom(client().send(pattern, 1));
    const { attributes, name: actual } = onlySpan();
    expect(actual).toBe(name);
    const destination = typeof pattern === 'string' ? pattern : '{"cmd":"place"}';
    expect(attributes['messaging.destination.name']).toBe(destination);
    const template = name.slice('send '.length);
    expect(attributes['messaging.destination.template']).toBe(
      template === destination ? undefined : template,
    );
  });

  it('The span of a request is not made where it is not wanted', async () => {
    const hand = client({ span: false });
    await lastValueFrom(hand.send('orders.look', 1));
    expect(tracing.spans()).toEqual([]);
    expect(hand.sent).toEqual([{ pattern: 'orders.look', data: 1 }]);
  });

  it('The span of a request costs the message nothing when the tracer is broken', async () => {
    const faults = new Faults(new ManualClock());
    const counted: string[] = [];
    faults.connect({ count: (it) => counted.push(it), log: () => undefined });
    const tracer = { startSpan: () => JSON.parse('{') as never } as never;
    expect(await lastValueFrom(client({ tracer, faults }).send('a', 1))).toBe(1);
    expect(counted).toEqual(['message_context']);
  });
});

describe('the span of an event', () => {
  it('The span of an event ends when the broker has it, and is an error when it does not take it', async () => {
    await lastValueFrom(client().emit('placed', 'taken'), { defaultValue: undefined }).catch(
      () => undefined,
    );
    expect(onlySpan()).toMatchObject({ name: 'send placed', status: { code: 0 } });
    tracing.reset();
    await expect(lastValueFrom(client().emit('placed', 'refused'))).rejects.toThrow('broker gone');
    expect(onlySpan().status).toMatchObject({ code: SpanStatusCode.ERROR, message: 'broker gone' });
  });
});

describe('over MQTT', () => {
  it('A request that waits for its channel still carries the trace it was sent in', () => {
    // The class needs its broker's package to be constructed.
    const mqtt = Object.create(ClientMqtt.prototype) as ClientMqtt;
    const published: unknown[] = [];
    let confirm: () => void = () => undefined;
    Object.assign(mqtt, {
      serializer: new MqttRecordSerializer(),
      subscriptionsCount: new Map(),
      routingMap: new Map(),
      mqttClient: {
        subscribe: (_channel: string, done: () => void) => (confirm = done),
        publish: (_topic: string, text: string) => published.push(JSON.parse(text)),
        unsubscribe: () => undefined,
      },
    });
    const open = tracedClient(mqtt) as unknown as HandClient & {
      publish(packet: ReadPacket, callback: () => void): () => void;
    };
    const leave = open.publish({ pattern: 'orders.look', data: { id: 1 } }, () => undefined);
    confirm();
    leave();
    const span = onlySpan();
    expect(span.attributes['messaging.system']).toBe('mqtt');
    expect(published).toMatchObject([
      { pattern: 'orders.look', metadata: { traceparent: traceparentOf(span) } },
    ]);
  });

  it('A handler over MQTT finds the trace context with the deserializer', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const raw = { pattern: 'orders', data: { id: 1 }, metadata: { traceparent } };
    const packet = await new TraceContextDeserializer().deserialize(raw);
    const messages = new IncomingMessages(new Faults(new ManualClock()));
    const context = new MqttContext(['orders/look', {}] as never);
    expect(messages.read(context, packet.data)).toMatchObject({
      system: 'mqtt',
      destination: 'orders/look',
      origin: { spanContext: { spanId: 'b7ad6b7169203331' } },
    });
  });
});

describe('over Kafka', () => {
  function kafka() {
    const produced: { headers: Record<string, unknown> }[] = [];
    const open = Object.create(ClientKafka.prototype) as ClientKafka;
    const producer = {
      send: async ({ messages }: { messages: typeof produced }) => produced.push(...messages),
    };
    const parts = { options: {}, _producer: producer, serializer: new KafkaRequestSerializer() };
    // The class needs a broker's package to be constructed.
    Object.assign(open, parts, { initialized: Promise.resolve(), connect: async () => producer });
    return { open: tracedClient(open), produced };
  }

  it('An event and each event of a batch carry the context of their PRODUCER span', async () => {
    const { open, produced } = kafka();
    await lastValueFrom(open.emit('orders.placed', { key: 'k', value: 'v' }));
    const span = onlySpan();
    expect(span.attributes['messaging.system']).toBe('kafka');
    expect(String(produced[0]?.headers['traceparent'])).toBe(traceparentOf(span));
    tracing.reset();
    produced.length = 0;
    const messages = [{ value: 'a' }, { value: 'b' }];
    await lastValueFrom(open.emitBatch('orders.placed', { messages }));
    const batch = onlySpan();
    expect(batch.name).toBe('send orders.placed');
    expect(produced.map((it) => String(it.headers['traceparent']))).toEqual([
      traceparentOf(batch),
      traceparentOf(batch),
    ]);
  });
});

describe('over gRPC', () => {
  it('Metadata takes the trace of the active span to the handler, and is not changed itself', () => {
    const given = new Metadata();
    given.set('tenant', 'a');
    const { sent, spanId } = tracing.tracer.startActiveSpan('caller', (span) => {
      span.end();
      return { sent: tracedMetadata(given), spanId: span.spanContext().spanId };
    });
    expect(sent.getMap()).toEqual({ tenant: 'a', traceparent: traceparentOf(onlySpan()) });
    expect(given.getMap()).toEqual({ tenant: 'a' });
    const messages = new IncomingMessages(new Faults(new ManualClock()));
    expect(messages.read(sent, {}).origin.spanContext).toMatchObject({ spanId, isRemote: true });
    expect(messages.read(given, {}).origin.spanContext).toBeUndefined();
  });

  it('Messages over gRPC without an active span keep their metadata', () => {
    const given = new Metadata();
    expect(tracedMetadata(given)).toBe(given);
  });
});
