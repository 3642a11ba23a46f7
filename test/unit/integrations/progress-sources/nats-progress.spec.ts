import type { JetStreamManager } from 'nats';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type JetStreamConsumerState,
  type JetStreamManagerLike,
  NatsProgress,
} from '../../../../lib/projections/sources/nats-progress.js';

const STATE: JetStreamConsumerState = {
  name: 'c',
  num_pending: 4,
  num_ack_pending: 3,
  delivered: { stream_seq: 20 },
  ack_floor: { stream_seq: 12 },
  config: { filter_subject: 'orders.>' },
};

async function read(state: Partial<JetStreamConsumerState>, consumer = 'c') {
  const queries: unknown[] = [];
  const pages = [[{ ...STATE, name: 'other' }], [{ ...STATE, ...state }], []];
  const manager: JetStreamManagerLike = {
    consumers: { list: () => ({ next: async () => pages.shift() ?? [] }) },
    streams: {
      info: async () => ({ state: { last_seq: 30 } }),
      async getMessage(_, query) {
        queries.push(query);
        return { time: new Date(5000) };
      },
    },
  };
  const scope = { key: '0', projection: 'p', filter: {} };
  const source = new NatsProgress(manager, { p: { stream: 'ORDERS', consumer } });
  const answers = await source.observe([scope], new AbortController().signal);
  return { reading: answers.get('0'), queries };
}

describe('progress of a consumer of JetStream', () => {
  it('Progress of a consumer of JetStream is read by the manager of nats', () => {
    expectTypeOf<JetStreamManager>().toExtend<JetStreamManagerLike>();
  });

  it('Progress of a consumer of JetStream has what is delivered and not acknowledged left', async () => {
    const { reading, queries } = await read({});
    expect(reading).toEqual({
      head: 30,
      end: 30,
      checkpoint: 12,
      pendingEvents: 7,
      oldestPendingMs: 5000,
    });
    expect(queries).toEqual([{ seq: 13, next_by_subj: 'orders.>' }]);
  });

  it('Progress of a consumer of JetStream has its last delivered message as checkpoint when all are acknowledged', async () => {
    const { reading } = await read({ num_ack_pending: 0 });
    expect(reading).toMatchObject({ checkpoint: 20, pendingEvents: 4 });
  });

  it('Progress of a consumer of JetStream is complete below the end of a stream that has messages of other subjects', async () => {
    const { reading, queries } = await read({ num_ack_pending: 0, num_pending: 0 });
    expect(reading).toEqual({ head: 20, end: 30, checkpoint: 20, pendingEvents: 0 });
    expect(queries).toEqual([]);
  });

  it('Progress of a consumer of JetStream tells no time when it has several subjects', async () => {
    const { reading, queries } = await read({ config: { filter_subjects: ['a', 'b'] } });
    expect(reading).toEqual({ head: 30, end: 30, checkpoint: 12, pendingEvents: 7 });
    expect(queries).toEqual([]);
  });

  it('Progress of a consumer of JetStream says so when there is no such consumer', async () => {
    await expect(read({}, 'x')).rejects.toThrow('ORDERS has no consumer x');
  });

  it('Progress of a consumer of JetStream tells the end of a stream that is shorter than its checkpoint', async () => {
    const { reading } = await read({
      num_ack_pending: 0,
      num_pending: 0,
      delivered: { stream_seq: 45 },
    });
    expect(reading).toEqual({ head: 30, end: 30, checkpoint: 45, pendingEvents: 0 });
  });
});
