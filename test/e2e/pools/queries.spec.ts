import type { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import mongoose from 'mongoose';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databases, DatabaseQueries } from '../../../lib/integrations/databases/index.js';
import { ObservabilityModule } from '../../../lib/index.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { systemProgram } from '../../system/system-program.js';
import { parseTextFormat } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const QUERIES = 'eventcore_database_queries_total';
const ERRORS = 'eventcore_database_query_errors_total';
const DURATION = 'eventcore_database_query_duration_seconds';

/** Counters above 0 as `operation[ error]`, of one database. */
async function counted(
  application: RunningApplication,
  metric: string,
  database: string,
): Promise<Record<string, number>> {
  const families = parseTextFormat((await application.get('/metrics')).text);
  const samples = families.get(metric)?.samples ?? [];
  const own = samples.filter((it) => it.labels['database'] === database && it.value > 0);
  const counts = own.filter((it) => !/_(?:bucket|sum)$/.test(it.name));
  return Object.fromEntries(
    counts.map(({ labels: { operation, error_type: type }, value }) => [
      type === undefined ? operation : `${operation} ${type}`,
      value,
    ]),
  );
}

/** Query that sends itself, as a cursor does. */
class OwnQuery extends pg.Query {}

/** Makes a pool whose idle clients may lose their server. */
function poolOf(connectionString: string): pg.Pool {
  return new pg.Pool({ connectionString, max: 2 }).on('error', () => undefined);
}

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('Queries on PostgreSQL', () => {
  let database: RunningPostgres;
  let application: RunningApplication;
  let pool: pg.Pool;
  let client: pg.Client;
  let source: DataSource;
  let early: DataSource;
  let gone: pg.Pool;

  beforeAll(async () => {
    database = await RunningPostgres.start();
    const connectionString = database.url;
    pool = poolOf(connectionString);
    client = new pg.Client({ connectionString });
    gone = poolOf('postgresql://shop@127.0.0.1:1/none');
    const options = { type: 'postgres', url: connectionString, poolSize: 2 } as const;
    [source, early] = [new DataSource(options), new DataSource(options)];
    await Promise.all([pool.query('create table orders (id int primary key)'), client.connect()]);
    await early.initialize();
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ plugins: [databases({ names: { LATE: 'late' } })] })],
      providers: [
        { provide: 'POOL', useValue: pool },
        { provide: 'CLIENT', useValue: client },
        { provide: 'GONE', useValue: gone },
        { provide: 'LATE', useValue: source },
        { provide: DataSource, useValue: early },
      ],
    });
  }, 120_000);

  afterAll(async () => {
    await application?.close();
    await Promise.all([pool.end(), client.end(), gone.end(), early.destroy()]);
    if (source.isInitialized) await source.destroy();
    await database?.stop();
  });

  it('A pool of pg has one query for each way of asking, and its errors by SQLSTATE', async () => {
    await pool.query('insert into orders values ($1), ($2)', [1, 2]);
    await pool.query({ text: '/* all */ select * from orders', rowMode: 'array' });
    await new Promise<void>((resolve, reject) =>
      pool.query('SELECT 1', (error) => (error ? reject(error) : resolve())),
    );
    const lent = await pool.connect();
    await lent.query('begin');
    await lent.query('with o as (select 1) update orders set id = id');
    const failing = lent.query('insert into orders values (1)');
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    await lent.query('rollback');
    const config = { text: 'select 2', callback: (_error: unknown) => resolveConfig?.() };
    let resolveConfig: (() => void) | undefined;
    const told = new Promise<void>((resolve) => (resolveConfig = resolve));
    lent.query(config as never);
    await told;
    const own = lent.query(new OwnQuery('select 3'));
    await new Promise((resolve) => own.on('end', resolve));
    const wrong = lent.query(new OwnQuery('selec'));
    await new Promise((resolve) => wrong.on('error', resolve));
    lent.release();
    expect(() => lent.query(null as never)).toThrow(TypeError);
    const queries = { insert: 2, select: 4, begin: 1, update: 1, rollback: 1, other: 2 };
    expect(await counted(application, QUERIES, 'POOL')).toEqual(queries);
    expect(await counted(application, DURATION, 'POOL')).toEqual(queries);
    expect(await counted(application, ERRORS, 'POOL')).toEqual({
      'insert 23505': 1,
      'other 42601': 1,
      'other TypeError': 1,
    });
  });

  it('A client of pg that is a provider is observed without a pool', async () => {
    await client.query('select 1');
    await expect(client.query('delete from nothing')).rejects.toThrow();
    expect(await counted(application, QUERIES, 'CLIENT')).toEqual({ select: 1, delete: 1 });
    expect(await counted(application, ERRORS, 'CLIENT')).toEqual({ 'delete 42P01': 1 });
  });

  it('A query that gets no connection counts as a failed connect', async () => {
    await expect(gone.query('select 1')).rejects.toThrow();
    await expect(gone.connect()).rejects.toThrow();
    expect(await counted(application, QUERIES, 'GONE')).toEqual({ connect: 2 });
    expect(await counted(application, ERRORS, 'GONE')).toEqual({ 'connect ECONNREFUSED': 2 });
  });

  it.each([
    ['before', 'DataSource', () => early],
    ['after', 'late', () => source],
  ] as const)(
    'A DataSource of TypeORM that connects %s the start has its queries and transactions',
    async (_when, name, sourceOf) => {
      const orm = sourceOf();
      if (!orm.isInitialized) await orm.initialize();
      // TypeORM asks for the version and for schemas when it connects.
      const before = (await counted(application, QUERIES, name))['select'] ?? 0;
      await orm.transaction(async (manager) => {
        await manager.query('insert into orders values ($1)', [name.length]);
      });
      await orm.query('select 1');
      const twice = orm.createQueryRunner();
      await Promise.all([twice.query('select 2'), twice.query('select 2')]);
      await twice.release();
      await expect(orm.query('select nothing')).rejects.toThrow();
      expect(await counted(application, QUERIES, name)).toEqual({
        begin: 1,
        insert: 1,
        commit: 1,
        select: before + 4,
      });
      expect(await counted(application, ERRORS, name)).toEqual({ 'select 42703': 1 });
    },
  );

  it('An application that has ended leaves clients as they were', async () => {
    const other = poolOf(database.url);
    const second = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ plugins: [databases({ exclude: ['NOT'] })] })],
      providers: [
        { provide: 'OTHER', useValue: other },
        { provide: 'NOT', useValue: early },
      ],
    });
    await other.query('select 1');
    const lent = await other.connect();
    expect(Object.hasOwn(lent, 'query')).toBe(true);
    lent.release();
    expect(await counted(second, QUERIES, 'OTHER')).toEqual({ select: 1 });
    expect(await counted(second, QUERIES, 'NOT')).toEqual({});
    await second.close();
    expect(Object.hasOwn(lent, 'query')).toBe(false);
    expect(Object.hasOwn(other, 'connect')).toBe(false);
    expect(other.listenerCount('acquire')).toBe(0);
    await other.end();
  });

  it('A client that is no provider is observed on request, and any other value is refused', async () => {
    const queries = application.app.get(DatabaseQueries);
    const other = poolOf(database.url);
    const registration = queries.observe('reports', other);
    await other.query('select 1');
    registration.unregister();
    await other.query('select 1');
    await other.end();
    expect(await counted(application, QUERIES, 'reports')).toEqual({ select: 1 });
    expect(() => queries.observe('none', {})).toThrow(/database client none/);
  });
});

describe('the connections of Mongoose', () => {
  it('A connection has the commands of its client by the names of MongoDB', async () => {
    const connection = mongoose.createConnection();
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ plugins: [databases()] })],
      providers: [{ provide: 'DatabaseConnection', useValue: connection }],
    });
    // No server runs here: the driver makes its client, and the events are those it would emit.
    const opening = connection
      .openUri('mongodb://127.0.0.1:1/shop', { serverSelectionTimeoutMS: 1, monitorCommands: true })
      .catch(() => undefined);
    const driver = connection.getClient();
    connection.emit('connected');
    const emit = (event: string, it: object) => (driver as unknown as EventEmitter).emit(event, it);
    for (const [requestId, commandName] of ['find', 'findAndModify', 'hello', 'x'].entries())
      emit('commandStarted', { requestId, commandName });
    emit('commandSucceeded', { requestId: 0 });
    emit('commandFailed', { requestId: 1, failure: { codeName: 'DuplicateKey', code: 11_000 } });
    for (const requestId of [2, 3, 4]) emit('commandSucceeded', { requestId });
    const name = 'DatabaseConnection';
    const queries = { find: 1, find_and_modify: 1, other: 1 };
    expect(await counted(application, QUERIES, name)).toEqual(queries);
    expect(await counted(application, ERRORS, name)).toEqual({ 'find_and_modify DuplicateKey': 1 });
    await application.close();
    expect(driver.listenerCount('commandStarted')).toBe(0);
    await opening;
    await connection.close();
  });
});
