import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { connect } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule, Projection } from '../../../lib/index.js';
import {
  type HeadSource,
  KafkaProgress,
  NatsProgress,
  RedisProgress,
} from '../../../lib/projections/index.js';
import { KafkaDouble } from '../../contract/progress-sources/kafka-double.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';
import { type BrokerName, hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

Logger.overrideLogger(false);

const TIMEOUT_MS = 300;

class Orders {
  @Projection('orders')
  async placed(): Promise<void> {}
}

/** A source of progress with three pending events whose peer can stop answering. */
interface Peer {
  readonly source: HeadSource;
  freeze(): void;
  thaw(): void;
  /** Makes two more events. */
  add(): Promise<unknown>;
}

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function broker(name: BrokerName) {
  const brokers = new SharedBrokers();
  const running = await brokers.get(name);
  closing.push(() => brokers.stop());
  closing.push(() => running.thaw());
  return running;
}

async function redisPeer(): Promise<Peer> {
  const server = await broker('redis');
  const redis = new Redis(server.port, '127.0.0.1');
  closing.push(() => redis.disconnect());
  const add = async (count: number) => {
    for (let i = 0; i < count; i++) await redis.xadd('orders', '*', 'n', String(i));
  };
  await redis.xgroup('CREATE', 'orders', 'g', '0', 'MKSTREAM');
  await add(3);
  return {
    source: new RedisProgress(redis, { orders: { stream: 'orders', group: 'g' } }),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    add: () => add(2),
  };
}

async function natsPeer(): Promise<Peer> {
  const server = await broker('jetstream');
  const connection = await connect({ servers: `127.0.0.1:${server.port}` });
  closing.push(() => connection.close());
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: 'ORDERS', subjects: ['orders'] });
  await manager.consumers.add('ORDERS', { durable_name: 'c', ack_policy: 'explicit' as never });
  const add = async (count: number) => {
    const jetstream = connection.jetstream();
    for (let i = 0; i < count; i++) await jetstream.publish('orders', new Uint8Array());
  };
  await add(3);
  return {
    source: new NatsProgress(manager, { orders: { stream: 'ORDERS', consumer: 'c' } }),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    add: () => add(2),
  };
}

/** A double that holds its answers back, as no server of Kafka runs here. */
async function kafkaPeer(): Promise<Peer> {
  const kafka = new KafkaDouble();
  kafka.high[0] = 3;
  let answers = Promise.resolve();
  let answer: () => void = () => undefined;
  const admin = {
    fetchTopicOffsets: async () => {
      await answers;
      return kafka.fetchTopicOffsets();
    },
    fetchOffsets: async (query: { groupId: string; topics: string[] }) => {
      await answers;
      return kafka.fetchOffsets(query);
    },
  };
  return {
    source: new KafkaProgress(admin, { orders: { groupId: 'g', topics: ['orders'] } }),
    freeze: () => void (answers = new Promise((resolve) => (answer = resolve))),
    thaw: () => answer(),
    add: async () => (kafka.high[0] = 5),
  };
}

/** Returns the lag before, during and after a silence. */
async function lagsAround(peer: Peer): Promise<unknown[]> {
  const lags: unknown[] = [];
  const projections = { head: 'source', periodMs: 100, timeoutMs: TIMEOUT_MS };
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ projections })],
    providers: [Orders, { provide: 'source', useValue: peer.source }],
  });
  closing.push(() => application.close());
  const page = async () => (await application.get('/metrics')).text;
  const sample = async (name: string) =>
    sampleOf(await page(), `eventcore_projection_${name}`, { projection_name: 'orders' });
  const reach = (what: string, name: string, isReached: (value: number) => boolean) =>
    poll(async () => (isReached((await sample(name)) ?? -1) ? true : undefined), {
      what,
      timeoutMs: 10_000,
    });

  await reach('the lag', 'lag_events', (it) => it === 3);
  lags.push(await sample('lag_events'));
  peer.freeze();
  const frozenAt = performance.now();
  await reach('an error', 'lag_observation_errors_total', (it) => it >= 1);
  expect(performance.now() - frozenAt).toBeLessThan(TIMEOUT_MS + 2_000);
  const askedAt = performance.now();
  expect((await application.get('/health')).status).toBe(200);
  expect((await application.get('/health/live')).status).toBe(200);
  expect(performance.now() - askedAt).toBeLessThan(1_000);
  await reach('an absent lag', 'lag_events', (it) => it === -1);
  lags.push(await sample('lag_events'));

  peer.thaw();
  await peer.add();
  await reach('the lag after the silence', 'lag_events', (it) => it === 5);
  lags.push(await sample('lag_events'));
  return lags;
}

describe('a broker that goes silent with all connections open', () => {
  it.skipIf(!hasBroker('redis'))(
    'A silent Redis costs readings their time limit and nothing else, and its lag is read when it answers again',
    async () => {
      expect(await lagsAround(await redisPeer())).toEqual([3, undefined, 5]);
    },
  );

  it.skipIf(!hasBroker('jetstream'))(
    'A silent NATS costs readings their time limit and nothing else, and its lag is read when it answers again',
    async () => {
      expect(await lagsAround(await natsPeer())).toEqual([3, undefined, 5]);
    },
  );

  it('A silent Kafka costs readings their time limit and nothing else, and its lag is read when it answers again', async () => {
    expect(await lagsAround(await kafkaPeer())).toEqual([3, undefined, 5]);
  });
});
