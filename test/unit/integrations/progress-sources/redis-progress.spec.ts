import type { Redis } from 'ioredis';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type RedisCommands,
  RedisProgress,
  type RedisStreamConsumer,
} from '../../../../lib/projections/sources/redis-progress.js';
import { placeBefore } from '../../../../lib/projections/sources/redis-replies.js';

interface Replies {
  readonly group: readonly unknown[];
  readonly last?: string;
  readonly pending?: unknown;
  readonly next?: readonly unknown[];
}

const STREAM: RedisStreamConsumer = { stream: 'orders', group: 'g' };

async function read({ group, last = '9000-0', pending, next = [] }: Replies, stream = STREAM) {
  const redis: RedisCommands = {
    async call(command, ...args) {
      if (command === 'XPENDING') return pending;
      if (command === 'XRANGE') return next;
      return args[0] === 'GROUPS' ? [['name', 'g', ...group]] : ['last-generated-id', last];
    },
  };
  const scope = { key: '0', projection: 'p', filter: {} };
  const source = new RedisProgress(redis, { p: stream });
  return (await source.observe([scope], new AbortController().signal)).get('0');
}

describe('progress in a stream of Redis', () => {
  it('Progress in a stream of Redis is read by ioredis', () => {
    expectTypeOf<Redis>().toExtend<RedisCommands>();
  });

  it('Progress in a stream of Redis has what is delivered and not acknowledged left', async () => {
    const reading = await read({
      group: ['pending', 2, 'last-delivered-id', '8000-0', 'lag', 3],
      pending: [2, '7000-5', '8000-0', [['c', '2']]],
    });
    expect(reading).toEqual({
      head: '9000-0',
      end: '9000-0',
      checkpoint: '7000-4',
      pendingEvents: 5,
      oldestPendingMs: 7000,
    });
  });

  it('Progress in a stream of Redis has no count where the server has none, before Redis 7 and after a deletion', async () => {
    const behind = { pending: undefined, next: [['8500-0', []]] };
    for (const lag of [[], ['lag', null]]) {
      const group = ['pending', 0, 'last-delivered-id', '8000-0', ...lag];
      expect(await read({ ...behind, group })).toEqual({
        head: '9000-0',
        end: '9000-0',
        checkpoint: '8000-0',
        oldestPendingMs: 8500,
      });
    }
  });

  it('Progress in a stream of Redis is complete when what was left has been deleted', async () => {
    const group = ['pending', 0, 'last-delivered-id', '8000-0', 'lag', null];
    expect(await read({ group })).toMatchObject({ pendingEvents: 0 });
  });

  it('Progress in a stream of Redis is complete at the last entry, whatever the server counts', async () => {
    const group = ['pending', 0, 'last-delivered-id', '9000-0', 'lag', null];
    expect(await read({ group })).toEqual({
      head: '9000-0',
      end: '9000-0',
      checkpoint: '9000-0',
      pendingEvents: 0,
    });
  });

  it('Progress in a stream of Redis tells no time of ids that the application makes', async () => {
    const group = ['pending', 0, 'last-delivered-id', '8000-0', 'lag', 1];
    const reading = await read(
      { group, next: [['9000-0', []]] },
      { ...STREAM, idsAreTimes: false },
    );
    expect(reading).toEqual({
      head: '9000-0',
      end: '9000-0',
      checkpoint: '8000-0',
      pendingEvents: 1,
    });
  });

  it('Progress in a stream of Redis refuses replies of another protocol, and a group that is not there', async () => {
    const group = ['pending', 0, 'last-delivered-id', '9000-0'];
    await expect(read({ group }, { ...STREAM, group: 'x' })).rejects.toThrow(
      'orders has no group x',
    );
    const redis = { call: async () => new Map() };
    const scope = { key: '0', projection: 'p', filter: {} };
    const source = new RedisProgress(redis, { p: STREAM });
    await expect(source.observe([scope], new AbortController().signal)).rejects.toThrow(
      'configure the client for RESP2',
    );
  });

  it.each([
    ['5-3', '5-2'],
    ['5-0', '4-18446744073709551615'],
    ['0-1', null],
  ])('The place before %s is %s', (id, place) => {
    expect(placeBefore(id)).toBe(place);
  });
});
