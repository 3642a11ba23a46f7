import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  type HeadSource,
  KafkaProgress,
  KurrentDbCatchUpProgress,
  KurrentDbPersistentProgress,
  NatsProgress,
  RedisProgress,
} from '../../../../lib/projections/index.js';
import { expectNothingUnhandled, settled } from '../../../e2e/safety/hostile-values.js';

const SCOPE = { key: '0', projection: 'p', filter: {}, checkpoint: 1n };
const REASON = new Error('given up');

/** A peer that answers nothing until it is told to, and notes what it is asked. */
class Peer {
  readonly asked: string[] = [];
  readonly #waiting: ((answer: unknown) => void)[] = [];

  ask(command: string): Promise<never> {
    this.asked.push(command);
    return new Promise((resolve) => this.#waiting.push(resolve as never));
  }

  answer(answer: unknown): void {
    for (const it of this.#waiting.splice(0)) it(answer);
  }
}

const group = ['name', 'g', 'pending', 3, 'last-delivered-id', '5-0', 'entries-read', 3, 'lag', 2];
const consumer = { name: 'c', num_pending: 3, num_ack_pending: 1, config: {} };
const sequences = { delivered: { stream_seq: 1 }, ack_floor: { stream_seq: 1 } };

/** Sources by name, with a late answer that would make them ask further. */
const sources: Record<string, (peer: Peer) => { source: HeadSource; late: unknown }> = {
  RedisProgress: (peer) => ({
    source: new RedisProgress(
      { call: (...words) => peer.ask(words.join(' ')) },
      { p: { stream: 's', group: 'g' } },
    ),
    late: [group],
  }),
  NatsProgress: (peer) => ({
    source: new NatsProgress(
      {
        consumers: { list: () => ({ next: () => peer.ask('list') }) },
        streams: { info: () => peer.ask('info'), getMessage: () => peer.ask('message') },
      },
      { p: { stream: 's', consumer: 'c' } },
    ),
    late: [{ ...consumer, ...sequences }],
  }),
  KafkaProgress: (peer) => ({
    source: new KafkaProgress(
      {
        fetchOffsets: () => peer.ask('offsets'),
        fetchTopicOffsets: () => peer.ask('ends'),
      },
      { p: { groupId: 'g', topics: ['t'] } },
    ),
    late: [{ topic: 't', partitions: [{ partition: 0, offset: '1' }] }],
  }),
  KurrentDbPersistentProgress: (peer) => ({
    source: new KurrentDbPersistentProgress(
      { listAllPersistentSubscriptions: () => peer.ask('list') },
      { p: { group: 'g' } },
    ),
    late: [],
  }),
};

describe('progress sources whose peer does not answer', () => {
  expectNothingUnhandled();

  it.each(Object.entries(sources))(
    '%s gives a reading up, begins the next one, and asks nothing further after a late answer',
    async (_name, open) => {
      const peer = new Peer();
      const { source, late } = open(peer);
      for (let time = 1; time <= 2; time++) {
        const before = peer.asked.length;
        const abort = new AbortController();
        const reading = Promise.resolve(source.observe([SCOPE], abort.signal));
        await settled();
        expect(peer.asked.length).toBeGreaterThan(before);
        abort.abort(REASON);
        await expect(reading).rejects.toBe(REASON);
      }
      const { length } = peer.asked;
      // A page of consumers follows another in the same read.
      peer.answer(late);
      await settled();
      peer.answer([]);
      await settled();
      const further = peer.asked.slice(length).filter((it) => it !== 'list');
      expect(further).toEqual([]);
    },
  );

  it.each(['readStream', 'readAll'] as const)(
    'KurrentDbCatchUpProgress ends its call of %s when a reading is given up',
    async (method) => {
      const reads: Readable[] = [];
      const open = () => {
        const read = new Readable({ objectMode: true, read: () => undefined });
        reads.push(read);
        return read;
      };
      const followed = method === 'readAll' ? {} : { stream: 's' };
      const source = new KurrentDbCatchUpProgress(
        { readStream: open, readAll: open },
        { p: followed },
      );
      for (let time = 1; time <= 2; time++) {
        const abort = new AbortController();
        const reading = source.observe([SCOPE], abort.signal);
        await settled();
        expect(reads).toHaveLength(time);
        abort.abort(REASON);
        await expect(reading).rejects.toBe(REASON);
        await settled();
        expect(reads.every((it) => it.destroyed)).toBe(true);
      }
    },
  );

  it('KurrentDbCatchUpProgress cancels a read of the client, whatever the cancellation does', async () => {
    let cancelled = 0;
    const open = () =>
      Object.assign(new Readable({ objectMode: true, read: () => undefined }), {
        cancel: () => {
          cancelled++;
          return Promise.reject(new Error('cancel'));
        },
      });
    const source = new KurrentDbCatchUpProgress({ readStream: open, readAll: open }, { p: {} });
    const abort = new AbortController();
    const reading = source.observe([SCOPE], abort.signal);
    await settled();
    abort.abort(REASON);
    await expect(reading).rejects.toBe(REASON);
    await settled();
    expect(cancelled).toBe(1);
  });
});
