import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { HeadSource } from '../../../../lib/projections/head-source.js';
import type { ProjectionScope } from '../../../../lib/projections/projection-scope.js';
import { KurrentDbCatchUpProgress } from '../../../../lib/projections/sources/kurrentdb/kurrentdb-catch-up-progress.js';
import {
  type KurrentDbGroups,
  KurrentDbPersistentProgress,
} from '../../../../lib/projections/sources/kurrentdb/kurrentdb-persistent-progress.js';
import {
  type KurrentDbReads,
  logFilterOf,
} from '../../../../lib/projections/sources/kurrentdb/kurrentdb-reads.js';
import { KurrentDbDouble } from '../../../contract/progress-sources/kurrentdb-double.js';

async function read(source: HeadSource, scope: Partial<ProjectionScope> = {}) {
  const full = { key: '0', projection: 'p', filter: {}, ...scope };
  return (await source.observe([full], new AbortController().signal)).get('0');
}

const PLACED = { type: 'Placed', category: 'order' };

describe('progress in KurrentDB', () => {
  it('Progress in KurrentDB is read by the client of KurrentDB', () => {
    expectTypeOf<KurrentDBClient>().toExtend<KurrentDbReads>();
    expectTypeOf<KurrentDBClient>().toExtend<KurrentDbGroups>();
  });

  it('Progress in KurrentDB does not count what was truncated from a stream', async () => {
    const database = new KurrentDbDouble();
    database.append([PLACED, PLACED, PLACED, PLACED, PLACED]);
    database.truncatedBefore = 3n;
    const source = new KurrentDbCatchUpProgress(database, { p: { stream: 'order-1' } });
    const answer = await read(source, { checkpoint: null });
    expect(answer).toMatchObject({ head: 4n, pendingEvents: 2 });
    expect(await read(source, { checkpoint: '3' })).toMatchObject({ pendingEvents: 1 });
  });

  it('Progress in KurrentDB tells the end of the log for a checkpoint beyond its last match', async () => {
    const database = new KurrentDbDouble();
    const all = new KurrentDbCatchUpProgress(database, { p: {} });
    expect(await read(all, { checkpoint: 900n })).toMatchObject({ head: null, end: null });
    database.append([PLACED, { type: 'Paid', category: 'order' }]);
    const filter = { eventTypes: ['Placed'] };
    expect(await read(all, { checkpoint: 437n, filter })).toMatchObject({ head: 300n, end: 437n });
    expect(await read(all, { checkpoint: 900n, filter })).toMatchObject({ head: 300n, end: 437n });
  });

  it('Progress in KurrentDB tells the end alone when nobody knows the checkpoint', async () => {
    const database = new KurrentDbDouble();
    database.append([PLACED, PLACED]);
    const source = new KurrentDbCatchUpProgress(database, { p: { stream: 'order-1' } });
    expect(await read(source)).toEqual({ head: 1n });
    const all = new KurrentDbCatchUpProgress(database, { p: {} });
    expect(await read(all)).toEqual({ head: 437n });
  });

  it('Progress in KurrentDB leaves out events of the system, and has no count of all streams', async () => {
    const database = new KurrentDbDouble();
    database.append([PLACED, { type: '$metadata', category: '$$order' }]);
    const source = new KurrentDbCatchUpProgress(database, { p: {} });
    expect(await read(source, { checkpoint: 300n })).toEqual({
      head: 300n,
      end: 437n,
      pendingEvents: 0,
    });
    const behind = await read(source, { checkpoint: null });
    expect(behind).toEqual({
      head: 300n,
      oldestPendingMs: database.events[0]?.created.getTime(),
    });
  });

  it('Progress in KurrentDB is as old as the first event after the checkpoint, in a stream and in all', async () => {
    const database = new KurrentDbDouble();
    for (const ms of [1000, 2000, 3000]) database.append([PLACED], new Date(ms));
    const stream = new KurrentDbCatchUpProgress(database, { p: { stream: 'order-1' } });
    expect(await read(stream, { checkpoint: 0n })).toMatchObject({ oldestPendingMs: 2000 });
    const all = new KurrentDbCatchUpProgress(database, { p: {} });
    expect(await read(all, { checkpoint: 300n })).toMatchObject({ oldestPendingMs: 2000 });
  });

  it('Progress in KurrentDB refuses a checkpoint that is no position', async () => {
    const database = new KurrentDbDouble();
    database.append([PLACED]);
    const source = new KurrentDbCatchUpProgress(database, { p: {} });
    for (const checkpoint of ['C:1/P:1', 1.5, { a: 1 }]) {
      await expect(read(source, { checkpoint })).rejects.toThrow(TypeError);
    }
  });

  it('Progress in KurrentDB does not know where a group began that began at the end', async () => {
    const database = new KurrentDbDouble();
    database.append([PLACED, PLACED, PLACED]);
    const source = new KurrentDbPersistentProgress(database, {
      p: { stream: '$ce-order', group: 'g' },
    });
    database.startFrom = 'end';
    expect(await read(source)).toEqual({ head: 2n });
    database.startFrom = 1n;
    expect(await read(source)).toEqual({ head: 2n, end: 2n, checkpoint: 0n, pendingEvents: 2 });
    database.startFrom = 0n;
    expect(await read(source)).toEqual({ head: 2n, end: 2n, checkpoint: null, pendingEvents: 3 });
  });

  it('Progress in KurrentDB says so when there is no such group', async () => {
    const source = new KurrentDbPersistentProgress(new KurrentDbDouble(), { p: { group: 'x' } });
    await expect(read(source)).rejects.toThrow('$all has no group x');
  });

  it('Progress in KurrentDB takes types and categories for what they are, not for patterns', () => {
    expect(logFilterOf({ eventTypes: ['a.b', 'c|d'] })).toEqual({
      filterOn: 'eventType',
      checkpointInterval: 1,
      regex: String.raw`^(?:a\.b|c\|d)$`,
    });
    expect(logFilterOf({ categories: ['order'] })).toMatchObject({ prefixes: ['order-'] });
    expect(() => logFilterOf({ eventTypes: ['a'], categories: ['order'] })).toThrow(RangeError);
  });
});
