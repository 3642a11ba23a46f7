import { describe, expect, it } from 'vitest';
import { DatabaseQueries } from '../../../../lib/integrations/databases/index.js';
import { makeRegistry } from '../../metrics/registry-of-test.js';

/** Makes a queries object of one application that has started. */
function startedQueries() {
  const { registry, clock } = makeRegistry();
  const queries = new DatabaseQueries();
  const faults: unknown[] = [];
  const report = (fault: unknown) => void faults.push(fault);
  const start = (instances: readonly { name: string; instance: object }[] = []) =>
    queries.start({ registry, namespace: 'eventcore', clock, report }, instances, {});
  const values = (metric: string) =>
    Object.fromEntries(
      registry
        .snapshot()
        .metrics.filter(({ definition }) => definition.name === `eventcore_database_${metric}`)
        .flatMap(({ blocks }) => [...blocks])
        .flatMap(({ labelSets, values: all }) =>
          labelSets.map((it, i) => [it.join(' '), all[i]] as const),
        ),
    );
  return { queries, start, clock, faults, values };
}

describe('queries that the application observes itself', () => {
  it('A query that is run by hand has the verb of its statement and the code of its error', async () => {
    const { queries, start, values } = startedQueries();
    start();
    const own = { database: 'orders', statement: 'select 1' };
    const error = Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' });
    expect(queries.run(own, () => 7)).toBe(7);
    await expect(queries.run(own, () => Promise.resolve(8))).resolves.toBe(8);
    await expect(queries.run(own, () => Promise.reject(error))).rejects.toBe(error);
    const throwing = () => {
      throw error;
    };
    expect(() => queries.run(own, throwing)).toThrow(error);
    expect(values('queries_total')).toEqual({ 'orders select': 4 });
    expect(values('query_errors_total')).toEqual({ 'orders select SQLITE_BUSY': 2 });
  });

  it('A query that waits has its duration when it ends', async () => {
    const { queries, start, clock, values } = startedQueries();
    start();
    let end = () => undefined as void;
    const waiting = new Promise<void>((resolve) => (end = resolve));
    const running = queries.run({ database: 'orders', statement: 'delete from t' }, () => waiting);
    clock.advance(250);
    expect(values('queries_total')).toEqual({});
    end();
    await running;
    expect(values('queries_total')).toEqual({ 'orders delete': 1 });
  });

  it('A query that cannot be read runs, and its result is unchanged', () => {
    const { queries, start, faults, values } = startedQueries();
    start();
    const hostile = {
      database: 'orders',
      get statement(): string {
        throw new Error('statement');
      },
    };
    expect(queries.run(hostile, () => 1)).toBe(1);
    expect(queries.run(null as never, () => 2)).toBe(2);
    expect(faults).toHaveLength(1);
    expect(values('queries_total')).toEqual({ 'orders other': 1 });
  });

  it('A query before the start, and one after the end, run without being recorded', () => {
    const { queries, start, values } = startedQueries();
    const own = { database: 'orders', statement: 'select 1' };
    expect(queries.run(own, () => 1)).toBe(1);
    start();
    queries.stop();
    expect(queries.run(own, () => 2)).toBe(2);
    expect(values('queries_total')).toEqual({});
  });

  it('The names of databases beyond the hundredth share one series', () => {
    const { queries, start, values } = startedQueries();
    start();
    for (let i = 0; i < 10_000; i++)
      queries.run({ database: `tenant-${i}`, statement: 'select 1' }, () => i);
    const all = values('queries_total');
    expect(Object.keys(all)).toHaveLength(101);
    expect(all['__other__ select']).toBe(9_900);
  });
});

describe('the extension of Prisma', () => {
  const sql = { strings: ['delete from orders where id = ', ''], values: [7] };

  it.each([
    ['findMany', {}, 'select'],
    ['findUniqueOrThrow', {}, 'select'],
    ['groupBy', {}, 'select'],
    ['createManyAndReturn', {}, 'insert'],
    ['updateMany', {}, 'update'],
    ['upsert', {}, 'merge'],
    ['deleteMany', {}, 'delete'],
    ['$queryRaw', [{ strings: ['select 1'], values: [] }], 'select'],
    ['$executeRaw', sql, 'delete'],
    ['$executeRawUnsafe', ['update t set n = $1', 1], 'update'],
    ['$queryRawUnsafe', [], 'other'],
    ['$runCommandRaw', { ping: 1 }, 'other'],
  ])('The operation %s with %j counts as %s', async (operation, args, verb) => {
    const { queries, start, values } = startedQueries();
    const { query } = queries.prisma('orders');
    start();
    const seen: unknown[] = [];
    const send = async (it: unknown) => seen.push(it);
    await expect(query.$allOperations({ operation, args, query: send })).resolves.toBe(1);
    expect(seen).toEqual([args]);
    expect(values('queries_total')).toEqual({ [`orders ${verb}`]: 1 });
  });

  it('A failed operation has the code of Prisma', async () => {
    const { queries, start, values } = startedQueries();
    start();
    const error = Object.assign(new Error('unique'), { code: 'P2002' });
    const query = () => Promise.reject(error);
    const failing = queries.prisma('orders').query.$allOperations;
    await expect(failing({ operation: 'create', args: {}, query })).rejects.toBe(error);
    expect(values('query_errors_total')).toEqual({ 'orders insert P2002': 1 });
  });
});

describe('clients among the providers', () => {
  it('A MongoClient without command monitoring is reported with the remedy', () => {
    const { start, faults } = startedQueries();
    const methods = { db: () => ({}), startSession: () => ({}), watch: () => ({}) };
    const instance = { ...methods, on: () => ({}), off: () => ({}), monitorCommands: false };
    start([{ name: 'MONGO', instance }]);
    expect(String(faults)).toContain('monitorCommands: true');
  });

  it('A client that cannot be observed is reported, and others are observed', () => {
    const { start, faults, values } = startedQueries();
    const query = () => undefined;
    const methods = { connect: query, query, end: query, escapeIdentifier: query };
    const client = () => ({ ...methods, setTypeParser: query });
    start([
      { name: 'FROZEN', instance: Object.freeze(client()) },
      { name: 'OPEN', instance: client() },
      { name: 'OPEN', instance: client() },
    ]);
    expect(faults).toHaveLength(1);
    expect(Object.keys(values('queries_total'))).toContain('OPEN_2 select');
  });
});
