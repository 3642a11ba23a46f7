import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe } from 'vitest';
import { NatsProgress } from '../../../lib/projections/sources/nats-progress.js';
import { hasBroker, SharedBrokers } from '../../e2e/tracing-context/running-broker.js';
import { forEachProjection, replaced } from './log-under-test.js';
import { describeProgressSource } from './progress-source-contract.js';

describe.skipIf(!hasBroker('jetstream'))('a server of NATS', () => {
  const brokers = new SharedBrokers();
  let connection: NatsConnection;
  let manager: JetStreamManager;
  let streams = 0;

  beforeAll(async () => {
    const { port } = await brokers.get('jetstream');
    connection = await connect({ servers: `127.0.0.1:${port}` });
    manager = await connection.jetstreamManager();
  });
  afterAll(async () => {
    await connection.close();
    await brokers.stop();
  });

  describeProgressSource(
    'consumers of NATS JetStream',
    { counts: true, tellsTime: true, filters: 'uncounted' },
    async () => {
      const stream = `STREAM${streams++}`;
      await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
      await manager.consumers.add(stream, {
        durable_name: 'c',
        ack_policy: 'explicit' as never,
        filter_subject: `${stream}.order`,
      });
      const jetstream = connection.jetstream();
      let requests = 0;
      const counting = replaced(manager, (run) => {
        requests++;
        return run();
      });
      const consumers = forEachProjection({ stream, consumer: 'c' });
      const dead = replaced(manager, () => {
        throw new Error('connection refused');
      });
      const next = () => new Promise<never>(() => {});
      const hanging = replaced(manager, () => ({ next }));
      return {
        source: new NatsProgress(counting, consumers),
        dead: new NatsProgress(dead, consumers),
        hanging: new NatsProgress(hanging, consumers),
        requests: () => requests,
        append: async (events) => {
          for (const { category } of events) {
            await jetstream.publish(`${stream}.${category}`, new Uint8Array());
          }
        },
        apply: async (count) => {
          const consumer = await jetstream.consumers.get(stream, 'c');
          for (let i = 0; i < count; i++) await (await consumer.next())?.ackAck();
        },
        stop: async () => {
          await manager.streams.delete(stream);
        },
      };
    },
  );
});
